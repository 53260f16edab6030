"""What the look at a run's logs finds."""

import json
import unittest

from june.logs import faults

GOOD = {"@timestamp": "2026-11-24T12:00:00Z", "log": {"level": "INFO"}, "message": "registered with LiveKit", "service": {"name": "w"}}


class LogsTest(unittest.TestCase):
    def test_a_line_with_all_keys_is_fine(self) -> None:
        self.assertEqual(faults([json.dumps(GOOD)], ["ask not what your country can do"], {"the key": "s3cret"}), [])

    def test_a_line_that_is_no_json_or_lacks_a_key_is_quoted(self) -> None:
        (plain,) = faults(["WARNING: a library wrote this"])
        self.assertIn("no JSON: WARNING: a library wrote this", plain)
        (lacking,) = faults([json.dumps({**GOOD, "log": {}})])
        self.assertIn("lacks log.level", lacking)
        (array,) = faults(["[]"])
        self.assertIn("lacks @timestamp", array)

    def test_three_words_in_a_row_are_found_in_any_spelling_and_not_quoted(self) -> None:
        (fault,) = faults([json.dumps({**GOOD, "message": "text=Ask NOT, what"})], ["and so ask not what your country"])
        self.assertEqual(fault, "line 1 has words that were said")

    def test_secrets_are_found_by_value_and_by_shape_and_not_quoted(self) -> None:
        lines = [
            json.dumps({**GOOD, "message": message})
            for message in ("key s3cret-of-ours", "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.x", "whsec_MfKQ9r8GKYqrTw", "A" * 300)
        ]
        found = faults(lines, secrets={"the key": "s3cret-of-ours"})
        self.assertEqual([fault.split(" has ")[1].split()[-1] for fault in found], ["key", "token", "key", "data"])
        self.assertNotIn("s3cret", "".join(found))


if __name__ == "__main__":
    unittest.main()
