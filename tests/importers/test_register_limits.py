"""Files that are no register, or mean harm, are refused quickly and say how to mend them."""

import io
import os
import struct
import time
import tracemalloc
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdshort.core.diagnostics import HoldshortError
from holdshort.core.table import make_table
from holdshort.importers import limits
from holdshort.importers.register_files import read_register, write_register

from .register_samples import SHORT_HEAD, SHORT_ROW, codes, refused, rezip, row, workbook

GOOD = [SHORT_HEAD, SHORT_ROW]


def bytes_file(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    return path


def quickly_refused(path):
    """Refused within two seconds and 40 MB."""
    tracemalloc.start()
    start = time.perf_counter()
    problems = refused(path)
    spent, (_, peak) = time.perf_counter() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert spent < 2
    assert peak < 40_000_000
    return problems


def test_a_missing_file_a_folder_and_an_empty_file_say_so(tmp_path):
    assert codes(refused(tmp_path / "no.xlsx")) == ["FILE-001"]
    assert codes(refused(tmp_path)) == ["FILE-002"]
    assert codes(refused(bytes_file(tmp_path, "e.csv", b""))) == ["FILE-004"]
    assert codes(refused(bytes_file(tmp_path, "e.xlsx", b"\r\n \n"))) == ["FILE-004"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path):
    path = bytes_file(tmp_path, "r.csv", b"x")
    path.chmod(0)
    assert codes(refused(path)) == ["FILE-003"]


def test_a_name_that_no_file_can_have_is_refused(tmp_path):
    assert codes(refused(tmp_path / ("x" * 5000))) == ["FILE-003"]
    assert codes(refused(tmp_path / "a\0b.csv")) == ["FILE-003"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "r.csv")
    assert codes(refused(tmp_path / "r.csv")) == ["FILE-002"]


def test_a_file_of_more_than_fifty_megabytes_is_not_opened(tmp_path):
    path = tmp_path / "r.csv"
    with path.open("wb") as stream:
        stream.truncate(limits.FILE_BYTES + 1)
    assert codes(quickly_refused(path)) == ["FILE-005"]


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = workbook(tmp_path / "r.xlsx", GOOD)
    rezip(path, lambda name, data: data, [("xl/media/x.bin", b"\0" * 300_000_000)])
    assert codes(quickly_refused(path)) == ["FILE-009"]


def test_a_zip_bomb_that_lies_about_its_size_is_refused_too(tmp_path):
    path = workbook(tmp_path / "r.xlsx", GOOD)
    rezip(path, lambda name, data: data, [("xl/media/x.bin", b"\0" * 30_000_000)])
    data = path.read_bytes()
    honest = struct.pack("<I", 30_000_000)
    assert honest in data
    path.write_bytes(data.replace(honest, struct.pack("<I", 1000)))
    assert codes(quickly_refused(path)) == ["FILE-008"]


def test_a_small_file_that_unpacks_to_far_more_is_refused_by_its_ratio(tmp_path):
    path = workbook(tmp_path / "r.xlsx", GOOD)
    rezip(path, lambda name, data: data, [("xl/media/x.bin", b"\0" * 25_000_000)])
    assert codes(quickly_refused(path)) == ["FILE-009"]


def test_more_than_two_thousand_parts_are_refused(tmp_path):
    path = workbook(tmp_path / "r.xlsx", GOOD)
    rezip(path, lambda name, data: data, [(f"xl/x{at}", b"") for at in range(2001)])
    assert codes(quickly_refused(path)) == ["FILE-010"]


@pytest.mark.parametrize("name", ["xl/embeddings/a.xlsx", "xl/media/picture.png"])
def test_a_zip_inside_is_refused_under_any_name(tmp_path, name):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a", "b")
    path = workbook(tmp_path / "r.xlsx", GOOD)
    rezip(path, lambda part, data: data, [(name, inner.getvalue())])
    assert codes(refused(path)) == ["FILE-011"]


LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
@pytest.mark.parametrize("padding", [0, 100_000])
def test_billion_laughs_are_refused_wherever_they_stand(tmp_path, part, padding):
    path = workbook(tmp_path / "r.xlsx", GOOD)

    def declare(name, data):
        return data.replace(b"?>", b"?>" + b" " * padding + LAUGHS.encode(), 1) if name == part else data

    assert codes(quickly_refused(rezip(path, declare))) == ["FILE-012"]


def test_billion_laughs_in_utf_16_are_refused(tmp_path):
    path = workbook(tmp_path / "r.xlsx", GOOD)
    rezip(path, lambda name, data: LAUGHS.encode("utf-16") if name == "xl/styles.xml" else data)
    assert codes(quickly_refused(path)) == ["FILE-012"]


def test_an_xml_file_with_entities_under_a_workbook_name_is_refused(tmp_path):
    path = bytes_file(tmp_path, "r.xlsx", b'<?xml version="1.0"?>' + LAUGHS.encode() + b"<l>&b;</l>")
    assert codes(quickly_refused(path)) == ["FILE-012"]


def test_one_cell_at_the_far_corner_does_not_end_the_process(tmp_path):
    path = workbook(tmp_path / "r.xlsx", GOOD)
    far = b'<row r="1048576"><c r="XFD1048576" t="str"><v>x</v></c></row></sheetData>'
    rezip(path, lambda name, data: data.replace(b"</sheetData>", far))
    (problem,) = quickly_refused(path)
    assert (problem.code, problem.where.cell) == ("FILE-025", "XFD1048576")


def test_a_column_formatted_to_the_last_row_is_no_obstacle(tmp_path):
    def paint(book, sheet):
        sheet.write_blank(1_048_575, 16_383, None, book.add_format({"bold": True}))

    assert len(read_register(workbook(tmp_path / "r.xlsx", GOOD, change=paint))[0].rows) == 1


def test_a_password_is_asked_to_be_taken_off(tmp_path):
    data = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 600
        + "EncryptedPackage".encode("utf-16-le")
        + b"\0" * 600
    )
    (problem,) = refused(bytes_file(tmp_path, "r.xlsx", data))
    assert problem.code == "FILE-007"
    assert "password" in problem.message


def test_a_broken_old_workbook_is_refused(tmp_path):
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 20
    assert codes(refused(bytes_file(tmp_path, "r.xls", data))) == ["FILE-008"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("r.csv", b"%PDF-1.7 register"), ("r.xlsx", b"<html><table></table></html>"),
        ("r.xls", b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>"), ("r.docx", b"ID,Trigger"), ("register", b"x"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_is_refused_with_what_to_save(tmp_path, name, data):
    (problem,) = refused(bytes_file(tmp_path, name, data))
    assert problem.code == "FILE-006"
    assert ".xlsx" in problem.mend


def test_a_word_file_is_no_workbook(tmp_path):
    path = tmp_path / "r.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert codes(refused(path)) == ["FILE-006"]


def test_a_workbook_that_is_really_text_is_read_as_text_with_a_note(tmp_path):
    path = bytes_file(tmp_path, "r.xlsx", b"ID;Trigger\nA-1;x is missing\n")
    table, remarks = read_register(path)
    assert table.rows[0].case == "A-1"
    assert "FILE-015" in codes(remarks)


def test_text_that_is_really_a_workbook_is_read_as_a_workbook(tmp_path):
    path = workbook(tmp_path / "r.xlsx", GOOD).rename(tmp_path / "r.csv")
    table, remarks = read_register(path)
    assert table.rows[0].cells["id"].where.cell == "A2"
    assert "FILE-015" in codes(remarks)


def test_an_open_document_sheet_is_read_in_a_process_of_its_own(tmp_path):
    cells = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{t}</text:p></table:table-cell>'
        for t in ("ID", "Trigger")
    )
    body = cells.replace("ID", "A-1").replace("Trigger", "x is missing")
    names = " ".join(
        f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {names}><office:body><office:spreadsheet>'
        f'<table:table table:name="Register"><table:table-row>{cells}</table:table-row>'
        f"<table:table-row>{body}</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    )
    path = tmp_path / "r.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    table, _ = read_register(path)
    assert table.rows[0].text("trigger") == "x is missing"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            content.replace(
                "<table:table-row>", '<table:table-row table:number-rows-repeated="1000000">'
            ).replace("<table:table-cell ", '<table:table-cell table:number-columns-repeated="9000" '),
        )
    assert codes(refused(path)) == ["FILE-008"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("r.csv", b"ID,Trigger\n" + b"," * 2_000_000),
        ("r.csv", b"ID,Trigger\n" + b"A,x\n" * 20_001),
        ("r.csv", b"ID,Trigger" + b",Trigge" * 300 + b"\n"),
        ("r.yaml", b"cases:\n" + b"- {id: x}\n" * 20_001),
        ("r.yaml", b"cases:\n" + b"- a\n" * 450_000),
        ("r.yaml", b"cases: [" + b"[]," * 1_000_000),
    ],
)
def test_a_table_far_larger_than_a_register_is_refused_in_seconds(tmp_path, name, data):
    start = time.perf_counter()
    assert {"FILE-025"} & set(codes(refused(bytes_file(tmp_path, name, data))))
    assert time.perf_counter() - start < 8


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    path = tmp_path_factory.mktemp("good") / "r.xlsx"
    write_register(path, make_table([row(f"A-{at}") for at in range(5)]))
    return path.read_bytes()


def read_or_refuse(path, data):
    """Either a table or diagnostics, never anything else."""
    path.write_bytes(data)
    try:
        table, remarks = read_register(path)
        outcome = table.headers or remarks
    except HoldshortError as error:
        outcome = error.diagnostics
    assert outcome


slowly = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150
)


@slowly
@given(places=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_workbook_with_flipped_bytes_is_read_or_refused(tmp_path, good, places):
    data = bytearray(good)
    for at, value in places:
        data[at % len(data)] = value
    read_or_refuse(tmp_path / "r.xlsx", bytes(data))


@slowly
@given(
    part=st.sampled_from(
        [
            "xl/workbook.xml",
            "xl/worksheets/sheet1.xml",
            "xl/sharedStrings.xml",
            "xl/styles.xml",
            "xl/_rels/workbook.xml.rels",
            "[Content_Types].xml",
        ]
    ),
    at=st.integers(0, 10**6),
    cut=st.integers(0, 40),
    put=st.one_of(
        st.binary(max_size=12),
        st.sampled_from(
            [b"<", b'"', b"99999999999", b"-1", b"&#0;", b'r="ZZZ9"', b"<c/>", b"<row/>", b't="s"', b"</v>"]
        ),
    ),
)
def test_a_workbook_with_damaged_xml_inside_a_sound_zip_is_read_or_refused(
    tmp_path, good, part, at, cut, put
):
    path = tmp_path / "r.xlsx"
    path.write_bytes(good)

    def damage(name, data):
        place = at % len(data)
        return data[:place] + put + data[place + cut :] if name == part else data

    rezip(path, damage)
    read_or_refuse(path, path.read_bytes())


@slowly
@given(
    data=st.binary(max_size=400), name=st.sampled_from(["r.xlsx", "r.xls", "r.csv", "r.yaml", "r.md", "r"])
)
def test_any_bytes_under_any_name_are_read_or_refused(tmp_path, data, name):
    read_or_refuse(tmp_path / name, data)


@slowly
@given(size=st.integers(1, 6000))
def test_a_workbook_that_ends_too_early_is_refused(tmp_path, good, size):
    path = tmp_path / "r.xlsx"
    path.write_bytes(good[:-size])
    refused(path)
