"""`throughline simulate waitlist` through its door: what it prints, that its sums hold, and what it refuses."""

import json

import pytest

from support.processes import BINARY, ROOT, run

SMALL = ("--practitioners", 8, "--weeks", 5, "--seed", 7)
WHOLE = [
    "practitioners", "weeks", "cancellations", "cancellations_24h", "cascaded", "cascaded_filled", "double_accepts",
    "gone", "too_late", "offers", "median_minutes_to_fill",
]
SHARES = ["list_share", "acceptance", "filled", "filled_short", "filled_overall"]
GUARDS = ["notice", "template", "preparation", "authorization", "daily-cap", "quiet-hours"]


def simulated(*words):
    done = run(BINARY, "simulate", "waitlist", "--json", *words, timeout=120)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def report():
    return simulated(*SMALL)


def test_every_field_is_there_and_of_its_kind(report):
    assert set(report) == {
        *WHOLE, *SHARES, "reply_median", "seed", "offers_by_group", "group_gap_points", "group_gap_points_last",
        "guards"}
    for name in WHOLE:
        assert type(report[name]) is int and report[name] >= 0, name
    for name in SHARES:
        assert isinstance(report[name], (int, float)) and 0 <= report[name] <= 1, name
    for name in ("reply_median", "group_gap_points", "group_gap_points_last"):
        assert isinstance(report[name], (int, float)) and report[name] >= 0, name
    assert report["seed"] == "7" and report["practitioners"] == 8 and report["weeks"] == 5


def test_its_sums_hold(report):
    assert 0 < report["cancellations_24h"] <= report["cancellations"]
    assert 0 < report["filled"] <= 1 and report["double_accepts"] == 0
    assert report["cascaded_filled"] <= report["cascaded"]
    assert report["group_gap_points_last"] <= report["group_gap_points"]
    groups = report["offers_by_group"]
    assert [set(group) for group in groups] == [{"group", "heads", "offers", "per_head"}] * 2
    assert sum(group["offers"] for group in groups) == report["offers"] > 0
    for group in groups:
        assert group["heads"] > 0
        assert group["per_head"] == pytest.approx(group["offers"] / group["heads"])
    overall, in_time = report["filled_overall"], report["cancellations_24h"] / report["cancellations"]
    assert overall == pytest.approx(report["filled"] * in_time + report["filled_short"] * (1 - in_time))


def test_each_guard_is_told_by_the_run_without_it(report):
    assert [guard["guard"] for guard in report["guards"]] == GUARDS
    for guard in report["guards"]:
        assert set(guard) == {"guard", "filled_overall_without", "filled_without", "cost_points"}
        difference = (guard["filled_overall_without"] - report["filled_overall"]) * 100
        assert guard["cost_points"] == pytest.approx(difference)
        assert 0 <= guard["filled_without"] <= 1


def test_one_seed_is_one_run_and_guards_are_chosen_by_name(report):
    again = simulated(*SMALL, "--guards", "notice,daily-cap")
    assert [guard["guard"] for guard in again["guards"]] == ["notice", "daily-cap"]
    assert again | {"guards": []} == report | {"guards": []}
    other = simulated("--practitioners", 8, "--weeks", 5, "--seed", 8, "--guards", "none")
    assert other["guards"] == [] and other["offers"] != report["offers"]


def test_the_shipped_policy_is_what_is_built_in(report):
    shipped = simulated(*SMALL, "--guards", "none", "--blueprint", ROOT / "blueprints/primary-care")
    assert shipped | {"guards": []} == report | {"guards": []}


def test_lines_for_people_name_what_the_document_counts(report):
    done = run(BINARY, "simulate", "waitlist", *SMALL, "--guards", "none")
    assert f"cancellations              {report['cancellations']}\n" in done.stdout
    assert "double accepts             0\n" in done.stdout


@pytest.mark.parametrize("words, said", [
    (("--practitioners", 0), "--practitioners must be 1 to 1000."),
    (("--weeks", 53), "--weeks must be 1 to 52."),
    (("--list-share", 0.9), "--list-share must be 0.001 to 0.5."),
    (("--acceptance", 1.5), "--acceptance must be 0 to 1."),
    (("--reply-median", 0), "--reply-median must be 0.1 to 10000."),
    (("--guards", "notice,moon"), "There is no guard “moon”."),
    (("--acceptance", "many"), "--acceptance"),
])
def test_what_cannot_be_is_refused_by_its_name(words, said):
    done = run(BINARY, "simulate", "waitlist", "--json", *words, check=False)
    assert done.returncode != 0 and said in done.stderr and not done.stdout.strip()
