"""The main job without Kubernetes: real NATS, LiveKit and worker; people speak, and each utterance has one FINAL."""

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from june import build, clock, setup
from june.conversation import hold, two_people
from june.demo import EXAMPLE
from june.logs import faults, value
from june.quick import running
from june.receiver import Receiver
from june.report import verdict
from june.speakers import Conversation, Leave, Mute, Pause, Say, Script, Unmute
from june.speech import read_folder
from june.transcripts import Collector, examine
from tests.it_processes import runs

LIMIT_SECONDS = 300
SIGNING_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
STAGES = (b"utterance", b"vad", b"endpoint", b"append", b"decode", b"publish", b"webhook")


class QuickIT(unittest.TestCase):
    """One worker for all of it: each story has a room of its own."""

    @classmethod
    def setUpClass(cls):
        if not build.app_jar("worker").is_file():
            raise AssertionError(f"{build.app_jar('worker')} is not there: run ./mvnw package first")
        cls.paths = setup.ensure("quick")
        cls.clips = {clip.id: clip for clip in read_folder(cls.paths.speech)}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.receiver = self.enterContext(Receiver())
        self.said = []
        settings = {
            "JUNE_LOG_FORMAT": "ecs",
            "JUNE_OBSERVABILITY_LOG_LEVEL": "debug",  # what is not said then is never said
            "JUNE_OBSERVABILITY_TRACING_OTLP_ENDPOINT": self.receiver.url,
            "JUNE_OBSERVABILITY_TRACING_SAMPLING": "1",
            "JUNE_DELIVERY_WEBHOOK_URL": f"{self.receiver.url}/transcripts",
            "JUNE_DELIVERY_WEBHOOK_ALLOW_PRIVATE_ADDRESSES": "true",
            "JUNE_DELIVERY_WEBHOOK_SIGNING_SECRET_REF_NAME": "webhook",
            "WEBHOOK_SIGNING_KEY": SIGNING_KEY,
        }
        self.quick = self.enterContext(running(self.paths, Path(folder.name), EXAMPLE, settings))

    def test_two_people_over_each_other_then_one_who_mutes_and_leaves_then_a_worker_that_is_told_to_stop(self):
        with self.subTest("two people over each other"):
            self.two_people_over_each_other()
        with self.subTest("one who mutes in mid-sentence, and later leaves in mid-sentence"):
            self.one_who_mutes_and_later_leaves_in_mid_sentence()
        with self.subTest("a worker that is told to stop in mid-sentence"):
            self.a_worker_that_is_told_to_stop_in_mid_sentence()
        with self.subTest("its logs and traces hold nothing that was said, and no secret"):
            self.logs_and_traces_give_nothing_away()

    def two_people_over_each_other(self):
        scripts = two_people(self.clips, ("en_lv_austen_0880", "en_lv_austen_0930"), ("en_lv_austen_0890", "en_ps_goforward"))
        findings = asyncio.run(hold(self.quick.pipeline, scripts))
        self.remember(findings)
        self.assertEqual(verdict(findings), [])
        self.assertEqual([len(passage.finals) for passage in findings.passages], [1, 1, 1, 1])

    def one_who_mutes_and_later_leaves_in_mid_sentence(self):
        one, other = self.clips["en_lv_austen_0870"].cut(3.0), self.clips["en_lv_austen_0890"].cut(3.0)
        script = Script("leaving", "carol", (Pause(0.5), Say(one), Mute(), Pause(1.5), Unmute(), Say(other), Leave()))
        findings = asyncio.run(hold(self.quick.pipeline, [script]))
        self.remember(findings)
        self.assertEqual(verdict(findings), [])
        reasons = [final.data["endReason"] for passage in findings.passages for final in passage.finals]
        self.assertEqual(reasons, ["muted", "participant_left"])

    def a_worker_that_is_told_to_stop_in_mid_sentence(self):
        said = self.clips["en_lv_austen_0870"]
        script = Script("draining", "dave", (Pause(0.5), Say(said), Pause(1.0)))
        pipeline, worker = self.quick.pipeline, self.quick.worker

        async def story():
            async with Collector(pipeline.nats_url, pipeline.namespace, pipeline.name) as collector:
                async with Conversation(pipeline.livekit, [script]) as conversation:
                    talking = asyncio.create_task(conversation.play())
                    await asyncio.sleep(4.0)
                    worker.daemon.signal(signal.SIGTERM)
                    stopped = clock.now()
                    await talking
                    async with asyncio.timeout(LIMIT_SECONDS):
                        while worker.daemon.alive():
                            await asyncio.sleep(0.1)
                        while not (collector.finals or collector.voids):
                            await asyncio.sleep(0.1)
                return conversation.spoken, collector, stopped

        spoken, collector, stopped = asyncio.run(story())
        findings = examine(spoken, collector.finals, collector.voids, collector.faults)
        self.assertEqual(findings.problems, [])
        (final,) = collector.finals
        self.assertEqual(final.data["endReason"], "drain")
        self.assertGreater(final.ended, stopped - 1.0)
        self.assertIn("Dashwood", final.text)
        self.said.append(final.text)

    def remember(self, findings):
        self.said += [final.text for passage in findings.passages for final in passage.finals]

    def logs_and_traces_give_nothing_away(self):
        log = self.quick.worker.daemon.log
        lines = log.read_text(encoding="utf-8").splitlines()
        access = self.quick.pipeline.livekit
        secrets = {"LiveKit's secret": access.api_secret, "the webhook's signing key": SIGNING_KEY.removeprefix("whsec_")}
        self.assertGreater(len(self.said), 4)
        self.assertEqual(faults(lines, self.said, secrets), [])
        entries = [json.loads(line) for line in lines]
        self.assertEqual({value(entry, "service.name") for entry in entries}, {"june-stt-worker"})
        self.assertIn("DEBUG", {value(entry, "log.level") for entry in entries})

        traced = {value(entry, "trace.id") for entry in entries if value(entry, "message") == "a transcript is posted"}
        self.assertEqual(traced, {headers["traceparent"].split("-")[1] for headers, body in self.receiver.posts})
        self.assertTrue(all(value(entry, "utterance") for entry in entries if value(entry, "trace.id")))

        posted = [headers["traceparent"].split("-") for headers, body in self.receiver.posts]
        self.assertGreaterEqual(len(posted), len(self.said))
        traces = b"".join(self.receiver.traces)
        for stage in STAGES:
            self.assertIn(stage, traces)
        for _version, trace, span, _flags in posted:
            self.assertIn(bytes.fromhex(trace), traces)
            self.assertIn(bytes.fromhex(span), traces)
        for text in self.said:
            self.assertNotIn(text.encode(), traces)


class DemoIT(unittest.TestCase):
    def test_ctrl_c_stops_everything_that_the_demo_started(self):
        demo = subprocess.Popen(
            [build.REPOSITORY / "demo", "--quick"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        self.addCleanup(demo.stdout.close)
        self.addCleanup(demo.kill)
        said = []
        for line in demo.stdout:
            said.append(line)
            if "speak at the same time" in line:
                break
        children = descendants(demo.pid)
        self.assertGreaterEqual(len(children), 3, "NATS, LiveKit and the worker; the demo said:\n" + "".join(said))
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=LIMIT_SECONDS)
        self.assertEqual(demo.returncode, 128 + signal.SIGINT)
        deadline = time.monotonic() + LIMIT_SECONDS
        while left := [child for child in children if runs(child)]:
            self.assertLess(time.monotonic(), deadline, f"still there: {left}")
            time.sleep(0.1)


def descendants(pid: int) -> list[int]:
    found = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # one that ends while we look has none
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found + [further for child in found for further in descendants(child)]


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
