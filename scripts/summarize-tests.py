#!/usr/bin/env python3
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
"""Tells what failed and what was skipped in a run of lit, and sums it up.

usage: summarize-tests.py RESULTS.json RESULTS.xml

RESULTS.json is what lit wrote with --output, RESULTS.xml what the same run
wrote with --xunit-xml-output. The last line is 'N passed, N failed, N skipped'.
The exit status is 0 if tests ran and none failed, else 1.
"""

import json
import sys
import xml.etree.ElementTree as ElementTree

# An expected failure is a test that did what it says. An unexpected pass says
# that its XFAIL is out of date; lit's own verdict on it differs by package.
# A code not named here counts as failed, so that nothing new slips through.
PASSED = {"PASS", "FLAKYPASS", "XFAIL"}
SKIPPED = {"UNSUPPORTED", "SKIPPED", "EXCLUDED"}

# The reasons by which the XML marks tests that the JSON leaves out. The first
# is also what a GoogleTest that skips itself gets.
NOT_RUN = {
    "User interrupt": "skipped by the test itself, or interrupted",
    "Test not selected (--filter, --max-tests)": "not selected",
}


def executed_tests(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)["tests"]


def tests_left_out(path, executed):
    """(reason, name) of the tests that the XML has beyond the executed ones."""
    cases = list(ElementTree.parse(path).iter("testcase"))
    missing = len(cases) - len(executed)
    named = [
        (NOT_RUN[skip.get("message")], f"{case.get('classname')}/{case.get('name')}")
        for case in cases
        for skip in case.iter("skipped")
        if skip.get("message") in NOT_RUN
    ]
    # The count is what matters: it does not depend on how lit words things.
    if missing != len(named):
        return [("not run", "(unnamed)")] * missing
    return named


def print_failures(failed):
    for test in failed:
        print(f"\n--- {test['code']}: {test['name']}")
        if test["code"] == "XPASS":
            print("passed although marked XFAIL: remove the mark")
        print((test.get("output") or "").rstrip())


def print_skips(skips):
    for reason in sorted({reason for reason, _ in skips}):
        print(f"\nskipped: {reason}")
        for name in sorted(name for other, name in skips if other == reason):
            print(f"  {name}")


def main(arguments):
    if len(arguments) != 2:
        sys.exit(__doc__.strip())
    tests, skips = [], []
    try:
        tests = executed_tests(arguments[0])
        skips = tests_left_out(arguments[1], tests)
    except (OSError, ValueError, KeyError, TypeError, ElementTree.ParseError) as error:
        print(f"summarize-tests.py: no usable results: {error}", file=sys.stderr)
        tests = []

    failed = [test for test in tests if test["code"] not in PASSED | SKIPPED]
    passed = sum(test["code"] in PASSED for test in tests)
    skips += [
        ((test.get("output") or "no reason given").strip(), test["name"])
        for test in tests
        if test["code"] in SKIPPED
    ]
    print_failures(failed)
    print_skips(skips)
    print(f"\n{passed} passed, {len(failed)} failed, {len(skips)} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    # A test may print any byte, and the terminal may know ASCII only.
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))
