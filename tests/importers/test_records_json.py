"""Records come in one by one; a bad one is named and hides no other."""

import io
import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdshort.core.diagnostics import HoldshortError
from holdshort.importers import records_json
from holdshort.importers.records_json import read_records


def lines_of(data, name="-"):
    return list(read_records(name, io.BytesIO(data)))


def codes(line):
    return [fault.code for fault in line.faults]


def saved(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_each_line_of_a_jsonl_file_is_one_record_in_order(tmp_path):
    path = saved(tmp_path, "handoffs of june.jsonl", b'{"record_id": "S1"}\n\n{"record_id": "S2"}\r\n')
    found = list(read_records(path))
    assert [(each.line, each.record) for each in found] == [
        (1, {"record_id": "S1"}),
        (3, {"record_id": "S2"}),
    ]


@pytest.mark.parametrize("data", [b'{"a": 1}', b'[{"a": 1}]', b'{"a": 1}\n{"a": 1}', b'\n{\n "a":\n 1}\n'])
def test_json_holds_one_record_a_list_or_lines(tmp_path, data):
    assert {json.dumps(each.record) for each in read_records(saved(tmp_path, "r.json", data))} == {'{"a": 1}'}


def test_a_bad_line_does_not_hide_the_next():
    bad = [
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
        b"[1]",
        b'{"crm": "text"}',
        b'{"a":"\xe9"}',
        b"{",
        b"null",
        b'{"a": -Infinity}',
    ]
    data = b"\n".join(part for each in bad for part in (each, b'{"good": true}'))
    found = lines_of(data)
    assert [each.line for each in found] == list(range(1, 17))
    assert [codes(each) for each in found[::2]] == [
        ["RECORD-002"], ["RECORD-003"], ["RECORD-004"], ["RECORD-007"], ["RECORD-006"], ["RECORD-001"], ["RECORD-004"],
        ["RECORD-002"],
    ]  # fmt: skip
    assert all(each.record is None and each.faults[0].mend for each in found[::2])
    assert all(each.record == {"good": True} and not each.faults for each in found[1::2])
    assert [each.faults[0].where.line for each in found[::2]] == list(range(1, 16, 2))


def test_a_bad_element_of_a_list_does_not_hide_the_next():
    found = lines_of(b'[{"a": 1},\n{"a": NaN, "b": "},{"},\n{"b": {"c": 1, "c": 2}}, 7,\n{"d": "]"}]')
    assert [codes(each) for each in found] == [[], ["RECORD-002"], ["RECORD-003"], ["RECORD-004"], []]
    assert [each.faults[0].where.line for each in found[1:4]] == [2, 3, 3]
    assert "record 2" in found[1].faults[0].message
    assert found[4].record == {"d": "]"}


@pytest.mark.parametrize(
    "data", [b'[{"a": 1}', b'[{"a": 1},', b'[{"a": 1}] x', b'[{"a": 1},]', b'[{"a": 1}, {"b": "']
)
def test_a_list_that_was_cut_is_not_taken_for_a_whole_one(data):
    found = lines_of(data)
    assert found[0].record == {"a": 1}
    assert found[-1].record is None
    assert found[-1].faults


def test_a_word_nan_within_a_text_is_a_text():
    assert lines_of(b'{"name": "NaN", "note": "to Infinity: NaN"}')[0].record == {
        "name": "NaN",
        "note": "to Infinity: NaN",
    }


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 1}',
        '{"a": {"b": ":::"}, "a": 2}',
        '{"x": [{"b": 1, "b": 2}]}',
        '{"\\u0061": 1, "a": 2}',
        '{"a": "\\u003a", "b": {"k": 1, "k": "x"}}',
        '{"a": ":", "a": "\\u003A"}',
    ],
)
def test_a_key_that_stands_twice_is_refused_and_named(text):
    line = lines_of(text.encode())[0]
    assert codes(line) == ["RECORD-003"]
    assert "stands twice" in line.faults[0].message


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.text(st.sampled_from('a:"\\{}[],é\n'), max_size=6) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text('ab:\\"', max_size=3), inner, max_size=4)
        ),
        max_leaves=20,
    ),
    st.booleans(),
)
def test_no_clean_record_is_taken_for_one_with_a_key_twice(value, ascii_only):
    record = {"value": value}
    line = lines_of(json.dumps(record, ensure_ascii=ascii_only).encode())[0]
    assert line.record == record
    assert not line.faults


@settings(deadline=None)
@given(
    st.dictionaries(st.text("ab:", min_size=1, max_size=2), st.text("x:", max_size=3), min_size=1), st.data()
)
def test_a_repeated_key_is_found_wherever_it_stands(fields, data):
    again = data.draw(st.sampled_from(sorted(fields)))
    parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in fields.items()]
    parts.insert(data.draw(st.integers(0, len(parts))), f"{json.dumps(again)}: 1")
    assert codes(lines_of(("{" + ", ".join(parts) + "}").encode())[0]) == ["RECORD-003"]


def test_a_record_more_than_64_deep_is_refused_and_64_is_read():
    assert codes(lines_of(b'{"a":' * 65 + b"1" + b"}" * 65)[0]) == ["RECORD-005"]
    assert codes(lines_of(b'{"a":' * 64 + b"1" + b"}" * 64)[0]) == []
    assert codes(lines_of(b'{"a":' + b"[" * 200_000)[0]) == ["RECORD-005"]
    wide = json.dumps({"tasks": [{"id": n} for n in range(500)]}).encode()
    assert codes(lines_of(wide)[0]) == []


@pytest.mark.parametrize(
    ("record", "column"),
    [
        ({"crm": "text"}, "crm"),
        ({"contract": []}, "contract"),
        ({"stakeholders": {}}, "stakeholders"),
        ({"tasks": "none"}, "tasks"),
        ({"as_of": {}}, "as_of"),
    ],
)
def test_a_system_of_the_wrong_kind_is_a_fault_of_its_line(record, column):
    line = lines_of(json.dumps(record).encode())[0]
    assert (line.record, codes(line), line.faults[0].where.column) == (None, ["RECORD-007"], column)


def test_a_system_may_be_null_and_an_unknown_system_anything():
    record = {"contract": None, "tasks": None, "our_own": "text", "crm": {}}
    assert lines_of(json.dumps(record).encode())[0].record == record


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_encoding_of_json_is_read(encoding):
    data = '{"name": "Zoë 🚀"}\n{"name": "b"}\n'.encode(encoding)
    assert [each.record for each in lines_of(data)] == [{"name": "Zoë 🚀"}, {"name": "b"}]


def test_a_cut_utf_16_file_is_refused():
    with pytest.raises(HoldshortError, match="RECORD-006"):
        lines_of('{"name": "b"}'.encode("utf-16")[:-1])


@pytest.mark.parametrize("data", [b"", b"\n \n", b"[]", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_a_file_without_a_record_says_so(tmp_path, data):
    for name in ("r.json", "r.jsonl"):
        if data == b"[]" and name == "r.jsonl":
            continue
        with pytest.raises(HoldshortError, match="holds no record"):
            list(read_records(saved(tmp_path, name, data)))


def test_a_missing_file_and_a_folder_say_so(tmp_path):
    with pytest.raises(HoldshortError, match="FILE-001"):
        read_records(tmp_path / "none.jsonl")
    with pytest.raises(HoldshortError, match="FILE-002"):
        read_records(tmp_path)
    with pytest.raises(HoldshortError, match="FILE-003"):
        read_records("a\0b.json")


def test_a_line_that_is_too_long_is_refused_and_the_next_is_read(monkeypatch):
    monkeypatch.setattr(records_json, "LINE_BYTES", 1000)
    data = b'{"a": "' + b"x" * 5_000_000 + b'"}\n{"b": 1}\n' + b'{"c": "' + b"y" * 992 + b'"}'
    found = lines_of(data, "-")
    assert [codes(each) for each in found] == [["RECORD-008"], [], ["RECORD-008"]]
    assert found[1].record == {"b": 1}


@pytest.mark.parametrize(
    "data",
    [b"\0" * 50, b"\x80\x81", b"PK\x03\x04" + b"\0" * 40, b'{"a":"\\ud800"}', b"{'a': 1}", b"\x1f\x8b"],
)
def test_what_is_no_json_is_a_fault_and_never_a_crash(data):
    try:
        found = lines_of(data)
    except HoldshortError:
        return
    assert all(each.record is None and each.faults for each in found)


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_crash_the_reader(data):
    try:
        for each in lines_of(data):
            assert (each.record is None) == bool(each.faults)
    except HoldshortError:
        pass


def test_a_large_file_is_read_in_flat_memory(tmp_path):
    path = tmp_path / "large.jsonl"
    line = json.dumps({"notes": [{"text": "x" * 900}]}).encode() + b"\n"
    with path.open("wb") as stream:
        for _ in range(20):
            stream.write(line * 1000)
    sum(1 for _ in read_records(saved(tmp_path, "warm.jsonl", line)))
    tracemalloc.start()
    count = sum(1 for each in read_records(path) if each.record)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 8_000_000


def test_the_open_situations_are_read_without_a_fault(shared_data):
    found = list(read_records(shared_data / "situations.open.jsonl"))
    assert len(found) == 70
    assert not any(each.faults for each in found)
