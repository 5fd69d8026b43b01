"""The model of the booking protocol (docs/models/booking.pml) in every order in which things can happen, by spin: it holds,
and broken on purpose it does not.

Three scenes and one that is broken, in some seconds; all of them, with crashes, in some minutes with THROUGHLINE_SLOW.
"""

import re
import shutil
import subprocess

import pytest

from support.processes import ROOT, SLOW, figure

MODEL = ROOT / "docs/models/booking.pml"
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")

pytestmark = pytest.mark.skipif(
    not (shutil.which("spin") and COMPILER), reason="spin, or a C compiler for what it writes, is not there")

# What each scene is, with the definitions under which it is looked through.
HOLDS = {
    "three book at once": ["SCENE=1", "CRASHES=0"],
    "two lanes": ["SCENE=2", "LANES=2", "CRASHES=0"],
    "moves and cancellations": ["SCENE=4", "CRASHES=0"],
}
HOLDS_SLOWLY = {
    "three book at once, with a crash": ["SCENE=1", "CRASHES=1"],
    "three book at once, one writer, with a crash": ["SCENE=1", "CRASHES=1", "SQLITE"],
    "moves and cancellations, with a crash": ["SCENE=4", "CRASHES=1"],
    "visits are moved twice": ["SCENE=4", "CRASHES=0", "OPS=2"],
    "a request comes twice, with a crash": ["SCENE=5", "CRASHES=1"],
    "two lanes, one writer, with a crash": ["SCENE=2", "LANES=2", "CRASHES=1", "SQLITE"],
    "a hold runs out": ["SCENE=6", "TICKS=2", "CRASHES=0"],
    "holds are booked, replaced and given back by one writer": ["SCENE=6", "TICKS=1", "CRASHES=0", "OPS=2", "SQLITE"],
    "holds are booked, replaced and given back, with PostgreSQL's detector": [
        "SCENE=6", "TICKS=1", "CRASHES=0", "OPS=2", "DETECTOR"],
    "no order of claims, with PostgreSQL's detector": ["SCENE=1", "CRASHES=0", "UNORDERED", "DETECTOR"],
}
# Broken on purpose: what spin has to say of it.
DOUBLE = r"assertion violated \(\(com\[i\]&com\[j\]\)==0\)"
FAILS = {"read, but no constraint": (["SCENE=1", "CRASHES=0", "UNCONSTRAINED"], DOUBLE)}
FAILS_SLOWLY = {
    "no constraint, and holds that run out": (["SCENE=6", "TICKS=1", "CRASHES=0", "UNCONSTRAINED"], DOUBLE),
    "no order of claims": (["SCENE=1", "CRASHES=0", "UNORDERED"], r"invalid end state"),
    "who gives up time while somebody clears a hold that ran out, without a detector": (
        ["SCENE=6", "TICKS=1", "CRASHES=0", "OPS=2"], r"invalid end state"),
}
if SLOW:
    HOLDS |= HOLDS_SLOWLY
    FAILS |= FAILS_SLOWLY


def look_through(definitions, folder, seconds):
    """Everything that spin says: it writes a program, which is compiled and looks at every state."""
    def run(*command, limit=seconds):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=limit, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    run("spin", *(f"-D{name}" for name in definitions), "-a", MODEL)
    run(COMPILER, "-O2" if SLOW else "-O0", "-w", "-DSAFETY", "-DCOLLAPSE", "-DMEMLIM=6000", "-DVECTORSZ=2048", "-o", "pan", "pan.c")
    said = run("./pan", "-m500000")
    assert "max search depth too small" not in said and "out of memory" not in said, said
    return said


@pytest.mark.timeout(1_800 if SLOW else 120)
@pytest.mark.parametrize("scene", HOLDS)
def test_the_protocol_holds(scene, tmp_path):
    said = look_through(HOLDS[scene], tmp_path, 1_500 if SLOW else 100)
    assert "errors: 0" in said, said
    states = int(float(re.search(r"([0-9.e+]+) states, stored", said).group(1)))
    assert states > 10_000, said
    figure("booking model: " + scene, states, "states", errors=0)


@pytest.mark.timeout(600 if SLOW else 120)
@pytest.mark.parametrize("scene", FAILS)
def test_broken_on_purpose_it_does_not(scene, tmp_path):
    definitions, expected = FAILS[scene]
    said = look_through(definitions, tmp_path, 500 if SLOW else 100)
    assert "errors: 1" in said and re.search(expected, said), said
