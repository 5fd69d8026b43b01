"""The list of what is met and what is open holds, and its check finds what is wrong with one."""

import importlib.util
import shutil

import pytest

from support.processes import ROOT

spec = importlib.util.spec_from_file_location("check_asvs", ROOT / "bin/lib/check_asvs.py")
check_asvs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(check_asvs)


def test_each_requirement_stands_once_with_files_and_tests_that_exist():
    counts, problems = check_asvs.check(ROOT)
    assert not problems, "\n".join(problems)
    assert sum(counts.values()) == 253
    print(dict(counts))


@pytest.fixture
def copy(tmp_path):
    """A small checkout: the list, and two rows of a table filled up with rows that are fine."""
    (tmp_path / "docs/security").mkdir(parents=True)
    shutil.copy(ROOT / check_asvs.LIST, tmp_path / check_asvs.LIST)
    (tmp_path / "Sources").mkdir()
    (tmp_path / "Sources/A.swift").write_text("let a = 1\n")
    (tmp_path / "Sources/ATests.swift").write_text('@Suite struct ATests { @Test("a") func works() {} }\n')
    (tmp_path / "Sources/test_a.py").write_text("def test_works():\n    pass\n")
    (tmp_path / check_asvs.MODEL).write_text("# Model\n\n## Part\n\n`Sources/A.swift` `Sources/test_a.py::test_works`\n")

    def write(*rows, leave_out=(), more=""):
        given = {row.split("|")[1].strip() for row in rows}
        fine = [f"| {id} | asks | n.a. | | | why |" for id in (tmp_path / check_asvs.LIST).read_text().split()
                if id not in given and id not in leave_out]
        (tmp_path / check_asvs.TABLE).write_text("\n".join([*rows, *fine, more]) + "\n")
        return check_asvs.check(tmp_path)

    return write


GOOD = "| V1.1.1 | asks | met | `Sources/A.swift` | `Sources/ATests.swift::works` `Sources/test_a.py::test_works` | |"


def test_a_whole_list_has_no_problem(copy):
    counts, problems = copy(GOOD)
    assert problems == [] and counts == {"met": 1, "n.a.": 252}


@pytest.mark.parametrize("row, word", [
    (GOOD.replace("Sources/A.swift", "Sources/B.swift"), "there is no Sources/B.swift"),
    (GOOD.replace("::works", "::breaks"), "has no breaks"),
    (GOOD.replace("::test_works", "::test_work"), "has no test_work"),
    (GOOD.replace("ATests.swift::works", "BTests.swift::works"), "there is no Sources/BTests.swift"),
    (GOOD.replace("`Sources/ATests.swift::works` `Sources/test_a.py::test_works`", "`docs/security/threat-model.md#Whole`"), "no heading 'Whole'"),
    (GOOD.replace("::works", ""), "names no test"),
    ("| V1.1.1 | asks | met | | | |", "no file or no test"),
    ("| V1.1.1 | asks | met | `Sources/A.swift` | | |", "no file or no test"),
    ("| V1.1.1 | asks | open | | | |", "what is missing"),
    ("| V1.1.1 | asks | done | | | x |", "no status"),
    ("| V1.1.1 | | n.a. | | | x |", "what it asks"),
    ("| V1.1.1 | asks | n.a. | | x |", "5 cells"),
])
def test_what_is_wrong_with_a_row_is_told_with_its_line(copy, row, word):
    _, problems = copy(row)
    assert len(problems) == 1 and word in problems[0] and ":1: V1.1.1" in problems[0], problems


def test_rows_that_are_missing_twice_or_unknown_are_told(copy):
    assert copy(GOOD, leave_out=["V9.1.1"])[1] == ["docs/security/asvs.md: V9.1.1 stands 0 times"]
    assert copy(GOOD, more=GOOD)[1] == ["docs/security/asvs.md: V1.1.1 stands 2 times"]
    assert copy(GOOD, more="| V99.1.1 | asks | n.a. | | | why |")[1] == [
        "docs/security/asvs.md: V99.1.1 is no requirement of level 1 or 2"]


def test_a_heading_may_stand_for_a_test(copy):
    assert copy("| V1.1.1 | asks | met | `docs/security/threat-model.md` | `docs/security/threat-model.md#Part` | |")[1] == []
