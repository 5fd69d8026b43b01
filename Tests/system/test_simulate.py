"""`throughline simulate waitlist` through its door: what it prints, that its sums hold, and what it refuses."""

import json
import shutil

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
        assert set(guard) == {
            "guard", "on", "filled_overall_with", "filled_with", "filled_overall_without", "filled_without",
            "cost_points"}
        assert guard["on"] is True and guard["filled_overall_with"] == report["filled_overall"]
        assert guard["filled_with"] == report["filled"] and 0 <= guard["filled_without"] <= 1
        difference = (guard["filled_overall_without"] - guard["filled_overall_with"]) * 100
        assert guard["cost_points"] == pytest.approx(difference)


def test_a_guard_that_is_off_is_told_by_the_run_with_it(report, tmp_path):
    shutil.copytree(ROOT / "blueprints/primary-care", tmp_path / "practice")
    policy = tmp_path / "practice/waitlist-policy.yaml"
    published = policy.read_text()
    policy.write_text(published.replace("sameTemplate: true", "sameTemplate: false"))
    assert policy.read_text() != published
    without = simulated(*SMALL, "--guards", "template,notice", "--blueprint", tmp_path / "practice")
    template, notice = without["guards"]
    assert template["guard"] == "template" and template["on"] is False and notice["on"] is True
    # The two runs are those that a policy with the guard tells of it, the other way round.
    on = next(guard for guard in report["guards"] if guard["guard"] == "template")
    assert template | {"on": True} == on
    assert without["filled_overall"] == on["filled_overall_without"] != on["filled_overall_with"]


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
