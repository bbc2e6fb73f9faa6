# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# RUN: %python %s
"""What scripts/summarize-tests.py makes of each of lit's outcomes."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).parents[2] / "scripts" / "summarize-tests.py"


def summarize(codes, left_out=()):
    """Runs the script on a test for each code; `left_out` are the skip messages
    of further tests that only the XML has."""
    tests = [
        {"name": f"suite :: {code}", "code": code, "output": f"output of {code}"}
        for code in codes
    ]
    cases = "".join(f'<testcase classname="suite.x" name="{c}"/>' for c in codes)
    cases += "".join(
        f'<testcase classname="suite.x" name="gone"><skipped message="{m}"/></testcase>'
        for m in left_out
    )
    return run(
        json.dumps({"tests": tests}),
        f"<testsuites><testsuite>{cases}</testsuite></testsuites>",
    )


def run(json_text, xml_text):
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder, name) for name in ("r.json", "r.xml")]
        for path, text in zip(paths, (json_text, xml_text)):
            path.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, SCRIPT, *paths], capture_output=True, text=True
        )
    return done.returncode, done.stdout, done.stderr


class SummarizeTest(unittest.TestCase):
    def expect(self, summary, status, *arguments):
        returned, out, _ = summarize(*arguments)
        self.assertEqual((out.splitlines()[-1], returned), (summary, status))
        return out

    def test_passing_codes(self):
        codes = ["PASS", "FLAKYPASS", "XFAIL"]
        out = self.expect("3 passed, 0 failed, 0 skipped", 0, codes)
        self.assertNotIn("output of", out)

    def test_each_failing_code_fails_the_run(self):
        for code in ["FAIL", "XPASS", "UNRESOLVED", "TIMEOUT", "NEWCODE"]:
            with self.subTest(code):
                codes = ["PASS", code]
                out = self.expect("1 passed, 1 failed, 0 skipped", 1, codes)
                self.assertIn(f"--- {code}: suite :: {code}\n", out)
                self.assertIn(f"output of {code}\n", out)

    def test_skipping_codes_give_their_reason(self):
        for code in ["UNSUPPORTED", "SKIPPED", "EXCLUDED"]:
            with self.subTest(code):
                codes = ["PASS", code]
                out = self.expect("1 passed, 0 failed, 1 skipped", 0, codes)
                self.assertIn(f"skipped: output of {code}\n  suite :: {code}\n", out)

    def test_tests_that_only_the_xml_has_are_skipped(self):
        out = self.expect(
            "1 passed, 0 failed, 1 skipped", 0, ["PASS"], ["User interrupt"]
        )
        self.assertIn("skipped by the test itself, or interrupted\n  suite.x/gone", out)

    def test_unknown_wording_in_the_xml_still_counts(self):
        self.expect("1 passed, 0 failed, 2 skipped", 0, ["PASS"], ["new", "words"])

    def test_a_run_of_nothing_fails(self):
        self.expect("0 passed, 0 failed, 0 skipped", 1, [])
        self.expect("0 passed, 0 failed, 1 skipped", 1, ["UNSUPPORTED"])

    def test_unusable_results_fail_in_one_line(self):
        for texts in [("", "<a/>"), ("[]", "<a/>"), ('{"tests": []}', "<a")]:
            with self.subTest(texts):
                returned, out, errors = run(*texts)
                self.assertEqual(
                    (out.splitlines()[-1], returned),
                    ("0 passed, 0 failed, 0 skipped", 1),
                )
                self.assertEqual(len(errors.splitlines()), 1)


if __name__ == "__main__":
    unittest.main()
