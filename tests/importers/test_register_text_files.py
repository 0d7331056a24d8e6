"""Registers as comma-separated text, YAML and Markdown."""

import pytest

from holdshort.core.table import diff_tables, make_table
from holdshort.importers.register_files import read_register, write_register
from holdshort.importers.register_yaml import FILE_BYTES

from .register_samples import codes, refused, row

CSV = "ID,Trigger,Tier\r\nA-1,é is missing,low\r\n"


def saved(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_a_csv_is_read_in_the_encodings_that_spreadsheets_save(tmp_path, encoding, end):
    table, remarks = read_register(saved(tmp_path, "r.csv", CSV.replace("\r\n", end).encode(encoding)))
    assert table.rows[0].text("trigger") == "é is missing"
    assert ("FILE-016" in codes(remarks)) == (encoding == "cp1252")


def test_big_endian_utf_16_is_read(tmp_path):
    data = b"\xfe\xff" + CSV.encode("utf-16-be")
    assert read_register(saved(tmp_path, "r.csv", data))[0].rows[0].text("trigger") == "é is missing"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found_by_the_headers_it_gives(tmp_path, delimiter):
    text = f'a,b;c\td\nID{delimiter}Trigger{delimiter}Tier\nA-1{delimiter}"x; y, z\tw"{delimiter}low\n'
    table, _ = read_register(saved(tmp_path, "r.csv", text))
    assert table.rows[0].text("trigger") == "x; y, z\tw"


def test_the_line_that_excel_puts_first_names_the_delimiter(tmp_path):
    table, _ = read_register(saved(tmp_path, "r.csv", "sep=;\r\nID;Trigger\r\nA-1;x\r\n"))
    assert table.rows[0].cells["trigger"].where.line == 3


def test_a_quoted_text_may_hold_lines_and_places_stay_right(tmp_path):
    table, _ = read_register(saved(tmp_path, "r.csv", 'ID,Trigger\nA-1,"x\r\ny"\n\nA-2,z\n'))
    assert table.rows[0].text("trigger") == "x\ny"
    assert [each.cells["id"].where.line for each in table.rows] == [2, 5]


def test_nul_bytes_are_refused_with_their_line(tmp_path):
    (problem,) = refused(saved(tmp_path, "r.csv", b"ID,Trigger\nA-1,x\0y\n"))
    assert (problem.code, problem.where.line) == ("FILE-014", 2)


def test_bytes_of_no_known_encoding_are_refused(tmp_path):
    assert codes(refused(saved(tmp_path, "r.csv", b"ID,Trigger\nA,\x81\xff\n"))) == ["FILE-013"]
    assert codes(refused(saved(tmp_path, "r.csv", b"\xff\xfeI\xd8I\xd8"))) == ["FILE-013"]


def test_an_unclosed_quotation_mark_is_named_by_its_line(tmp_path):
    (problem,) = refused(saved(tmp_path, "r.csv", 'ID,Trigger\nA-1,x\nA-2,"y\nA-3,z\n'))
    assert (problem.code, problem.where.line) == ("FILE-024", 3)


def test_a_cell_of_a_million_characters_is_named(tmp_path):
    _, remarks = read_register(saved(tmp_path, "r.csv", f"ID,Trigger\nA-1,{'x' * 1_000_001}\n"))
    problem = next(each for each in remarks if each.code == "TABLE-007")
    assert (problem.where.case, problem.where.column, problem.where.line) == ("A-1", "Trigger", 2)


def test_an_invisible_character_is_named(tmp_path):
    _, remarks = read_register(saved(tmp_path, "r.csv", "ID,Trigger\nA-1,x\x07y\n"))
    problem = next(each for each in remarks if each.code == "TABLE-008")
    assert "U+0007" in problem.message
    assert problem.mend == "delete character 2 of the cell"


@pytest.mark.parametrize("text", ["=1+1", "-3", "+1", "@x", "\tx", "'=1", "''=1", "'plain", "＝1"])
def test_a_text_like_a_formula_is_guarded_in_csv_and_comes_back(tmp_path, text):
    path = tmp_path / "r.csv"
    write_register(path, make_table([row("A-1", scenario=text)]))
    written = path.read_bytes()
    assert written.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in written
    raw = written.decode("utf-8-sig").split("\r\n")[1].split(",")[1]
    assert raw.strip('"')[0] == "'"
    assert read_register(path)[0].rows[0].text("scenario") == text


YAML = """\
# our register
cases:
  - id: A-1
    Trigger: x is missing   # why
    tier: no
    evidence:
      - order form
      - signed contract
    owner: ~
    Region: 1.10
  - {id: A-2, trigger: 'y', tier: 2024-05-01}
"""


def test_yaml_values_are_taken_as_they_are_written(tmp_path):
    table, remarks = read_register(saved(tmp_path, "r.yaml", YAML))
    first, second = table.rows
    assert (first.text("tier"), first.extra["Region"], second.text("tier")) == ("no", "1.10", "2024-05-01")
    assert first.text("evidence") == "order form; signed contract"
    assert first.text("owner") == ""
    assert second.text("lane") == "any"
    where = first.cells["trigger"].where
    assert (where.line, where.case, where.column) == (4, "A-1", "Trigger")
    assert {each.severity for each in remarks} <= {"note", "warning"}


def test_a_bare_list_of_cases_is_a_register_too(tmp_path):
    assert (
        len(read_register(saved(tmp_path, "r.yml", "- id: A\n  trigger: x\n- id: B\n  trigger: y\n"))[0].rows)
        == 2
    )


ALIASES = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\ncases:\n  - id: *c\n"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("cases:\n  - id: &x A\n", "FILE-018", 2),
        ("cases:\n  - id: A\n    trigger: *x\n", "FILE-018", 3),
        ("cases:\n  - id: !!python/object/apply:os.system ['ls']\n", "FILE-019", 2),
        ("cases:\n  - id: !!str A\n", "FILE-019", 2),
        ("cases:\n  - id: A\n    id: B\n", "FILE-020", 3),
        ("cases:\n  - id: A\n    Risk: low\n    tier: low\n", "FILE-020", 4),
        ("cases: []\ncases: []\n", "FILE-020", 2),
        ("cases:\n  - id: A\n   trigger: x\n", "FILE-017", 3),
        ("cases:\n\t- id: A\n", "FILE-017", 2),
        ("cases: []\n---\ncases: []\n", "FILE-017", 3),
        ("cases: " + "[" * 30, "FILE-021", 1),
        ("case:\n  - id: A\n", "TABLE-001", 1),
        ("just text\n", "TABLE-001", 1),
        ("cases:\n  - A\n", "TABLE-019", 2),
        ("# nothing\n", "TABLE-001", 1),
        ("cases:\n  - ? [a]\n    : x\n", "TABLE-019", 2),
    ],
)
def test_yaml_that_is_no_register_is_refused_at_its_line(tmp_path, text, code, line):
    problem = refused(saved(tmp_path, "r.yaml", text))[0]
    assert (problem.code, problem.where.line) == (code, line)


def test_a_bomb_of_aliases_is_refused_at_every_alias(tmp_path):
    assert set(codes(refused(saved(tmp_path, "r.yaml", ALIASES)))) == {"FILE-018"}


@pytest.mark.parametrize("text", ["[" * 1_000_000, "{a: " * 500_000, "- " * 500_000, "? " * 500_000])
def test_deep_nesting_is_refused_without_being_followed(tmp_path, text):
    assert codes(refused(saved(tmp_path, "r.yaml", text)))[0] in ("FILE-021", "FILE-017")


def test_yaml_of_more_than_five_megabytes_is_refused(tmp_path):
    assert codes(refused(saved(tmp_path, "r.yaml", b"#" * (FILE_BYTES + 1)))) == ["FILE-005"]


def test_a_nested_value_is_an_error_of_its_cell(tmp_path):
    text = "cases:\n  - id: A\n    trigger: {x: y}\n"
    _, remarks = read_register(saved(tmp_path, "r.yaml", text))
    problem = next(each for each in remarks if each.code == "TABLE-019")
    assert (problem.where.line, problem.where.column, problem.severity) == (3, "Trigger", "error")


def test_written_yaml_is_readable(tmp_path):
    write_register(
        tmp_path / "r.yaml",
        make_table([row("A-1", test="given x\nthen y"), row("A-2")], form="short"),
        form="short",
    )
    assert (tmp_path / "r.yaml").read_text().startswith(
        "cases:\n  - id: A-1\n    scenario: scenario of A-1\n    trigger: deal stage is closed won\n"
        "    tier: high\n    test: |-\n      given x\n      then y\n\n  - id: A-2\n"
    )  # fmt: skip


MARKDOWN = """# Register

| ID | Trigger | Tier |
|----|:-------:|-----:|
| A-1 | x \\| y<br>z | low |
| A-2 | **bold** `a` | |

After | all
"""


def test_a_pipe_table_is_read_with_escapes_and_line_breaks(tmp_path):
    table, _ = read_register(saved(tmp_path, "r.md", MARKDOWN))
    assert table.rows[0].text("trigger") == "x | y\nz"
    assert table.rows[1].text("trigger") == "**bold** `a`"
    assert table.rows[1].cells["trigger"].where.line == 6
    assert len(table.rows) == 2


def test_an_unescaped_pipe_in_a_markdown_cell_is_an_error_at_its_line(tmp_path):
    _, remarks = read_register(saved(tmp_path, "r.md", MARKDOWN.replace("**bold**", "bold | face")))
    problem = next(each for each in remarks if each.code == "TABLE-018")
    assert (problem.where.line, problem.severity) == (6, "error")


def test_markdown_without_a_table_has_no_register(tmp_path):
    assert codes(refused(saved(tmp_path, "r.md", "# Title\n\ntext\n"))) == ["TABLE-001"]


@pytest.mark.parametrize("name", ["r.csv", "r.tsv", "r.yaml", "r.md", "r.xlsx"])
def test_every_format_converts_to_every_other_without_loss(tmp_path, name):
    texts = {
        "trigger": "a | b\n\n  c\\",
        "evidence": " x; y ",
        "ai": "<br> &amp; &#32;",
        "test": 'say "hi", it\'s',
        "Région": "0012",
    }
    table = make_table([row("A-1", **texts), row("A-2")])
    write_register(tmp_path / name, table)
    middle, _ = read_register(tmp_path / name)
    for other in ("b.csv", "b.yaml", "b.md", "b.xlsx"):
        write_register(tmp_path / other, middle)
        back, _ = read_register(tmp_path / other)
        assert [{k: c.text for k, c in r.cells.items()} | r.extra for r in back.rows] == [
            {k: c.text for k, c in r.cells.items()} | {"Région": "", **r.extra} for r in table.rows
        ]
        assert diff_tables(table, back) == []
