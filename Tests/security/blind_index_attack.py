#!/usr/bin/env python3
"""What a thief of the database file can learn from the blind index: a frequency attack, measured against the truth.

    blind_index_attack.py DATABASE.sqlite --known KNOWN.jsonl --truth TRUTH.jsonl [--json]

The thief has the SQLite file (table `term` and the plain columns of `patient`) and no key. They know how common names
are: KNOWN holds people of another population, as public statistics would give them. TRUTH is used to count how many
guesses are right, never to guess. Both files hold one object a line: id, given, family, birthDate, mrn, phone.

The attack, which is the strongest known on such indexes without chosen queries (Naveed, Kamara, Wright: "Inference
Attacks on Property-Preserving Encrypted Databases", CCS 2015):
- names: each known name has an expected count in each group of patients by language and decade of birth (both plain);
  a term is taken for the name whose counts it fits best, if it always comes with as many other terms as the name has
  beginnings;
- birth dates: within each plain year of birth, the most frequent terms are matched with the most frequent days;
- last four digits of phones: the most frequent terms are matched with the most frequent endings;
- record numbers: every term that occurs once is taken for a number at random.
It prints for each field the share of patients whose value was guessed, beside what guessing the commonest value gives.
"""

import argparse
import collections
import json
import math
import random
import sqlite3
import sys
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NAMES_TRIED = 400
SMALLEST_SHARE = 0.01


def identifier(text):
    """The number behind the 13 characters of an id."""
    value = 0
    for character in text:
        value = value * 32 + ALPHABET.index(character)
    return value


def fold(text):
    kept = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return kept.replace("-", " ").replace("'", "").split()


def people(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def stolen(path):
    """Terms of each patient, and the plain group that patient stands in."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    groups = {}
    years = {}
    for row, language, year in database.execute("SELECT id, language, birth_year FROM patient"):
        groups[row] = (language if language in ("en", "es") else "other", (year or 0) // 10)
        years[row] = year
    terms = {
        row: words.split() for row, words in database.execute("SELECT id, words FROM term") if row in groups
    }
    return terms, groups, years


def group_of(person):
    language = person.get("language", "en")
    return (language if language in ("en", "es") else "other", int((person.get("birthDate") or "0000")[:4]) // 10)


def counts_by_group(rows, groups):
    counts = collections.defaultdict(collections.Counter)
    for row, terms in rows.items():
        for term in terms:
            counts[term][groups[row]] += 1
    return counts


def expectations(known, field, sizes):
    """Expected counts of each known word of a field, by group, in a population of the stolen size."""
    seen = collections.defaultdict(collections.Counter)
    known_sizes = collections.Counter(group_of(person) for person in known)
    for person in known:
        for word in set(fold(person.get(field) or "")):
            seen[word][group_of(person)] += 1
    expected = {}
    for word, by_group in sorted(seen.items(), key=lambda item: -sum(item[1].values()))[:NAMES_TRIED]:
        expected[word] = {
            group: by_group[group] / known_sizes[group] * size
            for group, size in sizes.items() if known_sizes[group] and by_group[group]
        }
    return expected


def fit(observed, total, expected, wanted):
    """How well a term's counts fit a name, 0 at best: the divergence of their spread over the groups, and the distance
    of their sums. Families share a name, so counts scatter more than chance would have them; a likelihood would then
    favour terms that are too rare."""
    divergence = 0.0
    for group, count in observed.items():
        share = count / total
        divergence += share * math.log(share / max(expected.get(group, 0.0) / wanted, SMALLEST_SHARE))
    return divergence + (math.log(total / wanted) / 0.5) ** 2


def companions(rows):
    """For each term, how many terms stand in every row that has it: a name word brings its beginnings and sounds."""
    common = {}
    for terms in rows.values():
        own = frozenset(terms)
        for term in terms:
            common[term] = common[term] & own if term in common else own
    return {term: len(others) for term, others in common.items()}


def match_names(known, field, counts, sizes, together):
    """The names that terms are taken for, the commonest name first, each term for one name.

    A term that always brings as many others as the name has beginnings (and up to three for sounds and chance) can be
    that name's; of those the one whose counts fit best is taken.
    """
    by_total = collections.defaultdict(list)
    for term, by_group in counts.items():
        by_total[sum(by_group.values())].append(term)
    taken = {}
    expected_names = expectations(known, field, sizes)
    for word, expected in sorted(expected_names.items(), key=lambda item: -sum(item[1].values())):
        wanted = sum(expected.values())
        slack = 3 * math.sqrt(wanted) + 1
        length = min(len(word), 8)
        best = None
        for total in range(max(3, int(wanted - slack)), int(wanted + slack) + 1):
            for term in by_total[total]:
                if term in taken or not length <= together[term] <= length + 3:
                    continue
                score = fit(counts[term], total, expected, wanted)
                if best is None or score < best[0]:
                    best = (score, term)
        if best:
            taken[best[1]] = (wanted, word)
    return taken


def guess_names(rows, matched):
    guesses = {}
    for row, terms in rows.items():
        best = max((matched[term] for term in terms if term in matched), default=None)
        guesses[row] = best[1] if best else None
    return guesses


def match_ranks(values, terms):
    """The most frequent term for the most frequent value, and so on."""
    by_value = [value for value, _ in collections.Counter(values).most_common()]
    by_term = [term for term, _ in collections.Counter(terms).most_common()]
    return dict(zip(by_term, by_value))


def guess_birth_dates(rows, years, known):
    guesses = {}
    for year in set(years.values()):
        members = {row: terms for row, terms in rows.items() if years[row] == year}
        dates = [p["birthDate"] for p in known if (p.get("birthDate") or "").startswith(str(year))]
        matched = match_ranks(dates, [term for terms in members.values() for term in terms])
        for row, terms in members.items():
            guesses[row] = next((matched[term] for term in terms if term in matched), None)
    return guesses


def guess_endings(rows, known):
    endings = [p["phone"][-4:] for p in known if p.get("phone")]
    matched = match_ranks(endings, [term for terms in rows.values() for term in terms])
    return {row: next((matched[term] for term in terms if term in matched), None) for row, terms in rows.items()}


def guess_numbers(rows, known):
    numbers = [p["mrn"] for p in known if p.get("mrn")]
    chance = random.Random(1)
    return {row: chance.choice(numbers) if numbers else None for row in rows}


def right(field, guess, person):
    if guess is None:
        return False
    if field in ("given", "family"):
        return guess in fold(person.get(field) or "")
    if field == "phone-ending":
        return bool(person.get("phone")) and person["phone"].endswith(guess)
    return person.get({"birth-date": "birthDate", "record-number": "mrn"}[field]) == guess


def baseline(field, known, truth):
    """What guessing the commonest known value for everybody gives."""
    if field in ("given", "family"):
        common = collections.Counter(word for p in known for word in set(fold(p.get(field) or ""))).most_common(1)
    elif field == "birth-date":
        return 1 / 365.25
    elif field == "phone-ending":
        common = collections.Counter(p["phone"][-4:] for p in known if p.get("phone")).most_common(1)
    else:
        return 0.0
    return sum(right(field, common[0][0], p) for p in truth) / len(truth) if common else 0.0


def attack(database, known, truth):
    rows, groups, years = stolen(database)
    sizes = collections.Counter(groups[row] for row in rows)
    counts = counts_by_group(rows, groups)
    together = companions(rows)
    guesses = {
        "given": guess_names(rows, match_names(known, "given", counts, sizes, together)),
        "family": guess_names(rows, match_names(known, "family", counts, sizes, together)),
        "birth-date": guess_birth_dates(rows, years, known),
        "phone-ending": guess_endings(rows, known),
        "record-number": guess_numbers(rows, known),
    }
    report = {"patients": len(truth), "terms": len(counts), "fields": {}}
    for field, guessed in guesses.items():
        hits = sum(right(field, guessed.get(identifier(p["id"])), p) for p in truth)
        report["fields"][field] = {
            "recovered": round(hits / len(truth), 4), "commonest": round(baseline(field, known, truth), 4)}
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database", help="the stolen SQLite file")
    parser.add_argument("--known", required=True, help="people of another population, one object a line")
    parser.add_argument("--truth", required=True, help="the people in the file, one object a line")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    known, truth = people(options.known), people(options.truth)
    if not known or not truth:
        sys.exit("the known and the true people must not be empty")
    report = attack(options.database, known, truth)
    if options.json:
        print(json.dumps(report))
        return
    print(f"{report['patients']} patients, {report['terms']} different terms")
    for field, rates in report["fields"].items():
        print(f"{field:14} recovered {rates['recovered']:7.2%}   commonest value {rates['commonest']:7.2%}")


if __name__ == "__main__":
    main()
