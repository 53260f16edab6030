import tempfile
import unittest
import wave
from pathlib import Path

import numpy as np

from june.speakers import Leave, Mute, Pause, Say, Script, Timeline, Unmute
from june.speech import SAMPLE_RATE_HZ, SpeechError, read_folder, spoken_bounds
from tests.samples import clip


class TimelineTest(unittest.TestCase):
    def test_clips_and_actions_stand_where_the_script_puts_them(self):
        timeline = Timeline((Pause(0.5), Say(clip(seconds=1)), Mute(), Pause(1), Unmute(), Say(clip(seconds=2)), Leave()))
        self.assertEqual([at for at, _ in timeline.clips], [8_000, 40_000])
        self.assertEqual(timeline.actions, [(24_000, Mute()), (40_000, Unmute()), (72_000, Leave())])
        self.assertEqual(timeline.length, 72_000)

    def test_audio_is_silence_where_nobody_speaks_whatever_the_chunks(self):
        timeline = Timeline((Pause(0.1), Say(clip(seconds=0.25)), Pause(0.1), Say(clip(seconds=0.1))))
        whole = timeline.audio(0, timeline.length + 500)
        pieces = np.concatenate([timeline.audio(at, 333) for at in range(0, len(whole), 333)])[: len(whole)]
        np.testing.assert_array_equal(whole, pieces)
        self.assertEqual(int((whole != 0).sum()), int(0.35 * SAMPLE_RATE_HZ))
        self.assertEqual(whole[:1600].any(), False)

    def test_a_script_knows_how_long_it_takes(self):
        self.assertEqual(Script("room", "alice", (Pause(0.5), Say(clip(seconds=2)), Leave())).seconds, 2.5)


class SpokenBoundsTest(unittest.TestCase):
    def test_finds_a_voice_in_noise(self):
        noise = np.random.default_rng(1).normal(0, 30, 3 * SAMPLE_RATE_HZ)
        noise[SAMPLE_RATE_HZ : 2 * SAMPLE_RATE_HZ] += 5000 * np.sin(np.arange(SAMPLE_RATE_HZ) * 0.2)
        first, last = spoken_bounds(noise.astype(np.int16))
        self.assertAlmostEqual(first / SAMPLE_RATE_HZ, 1.0, delta=0.011)
        self.assertAlmostEqual(last / SAMPLE_RATE_HZ, 2.0, delta=0.011)

    def test_a_click_is_no_speech(self):
        samples = np.zeros(2 * SAMPLE_RATE_HZ, dtype=np.int16)
        samples[100] = 30_000
        samples[SAMPLE_RATE_HZ : SAMPLE_RATE_HZ + 8000] = 4000
        self.assertEqual(spoken_bounds(samples)[0], SAMPLE_RATE_HZ)

    def test_speech_without_a_pause_is_all_speech(self):
        samples = np.full(1600, 1000, dtype=np.int16)
        self.assertEqual(spoken_bounds(samples), (0, 1599))


class FolderTest(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name)
        self.addCleanup(self._folder.cleanup)

    def write(self, rate: int = SAMPLE_RATE_HZ, header: str = "id\tlang\tspeaker\tseconds\tlicence\treference"):
        (self.folder / "manifest.tsv").write_text(f'{header}\none\ten\tJFK\t0.5\tCC0\the said "no\n', encoding="utf-8")
        with wave.open(str(self.folder / "one.wav"), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(rate)
            out.writeframes(np.full(rate // 2, 500, dtype=np.int16).tobytes())

    def test_reads_clips_with_their_references(self):
        self.write()
        (read,) = read_folder(self.folder)
        self.assertEqual((read.id, read.reference, read.seconds), ("one", 'he said "no', 0.5))
        self.assertEqual(read_folder(self.folder, language="de"), [])

    def test_says_what_is_wrong_with_a_folder(self):
        for write, expected in (
            (lambda: None, "manifest.tsv cannot be read"),
            (lambda: self.write(header="id\tlang\tspeaker\tseconds\tlicence\ttext"), "missing reference"),
            (lambda: self.write(rate=44_100), "expected 16000 Hz, 1 channel, 2 bytes a sample, got 44100 Hz"),
        ):
            write()
            with self.assertRaisesRegex(SpeechError, expected):
                read_folder(self.folder)


if __name__ == "__main__":
    unittest.main()
