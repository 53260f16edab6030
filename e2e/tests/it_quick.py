"""The main job without Kubernetes: real NATS, LiveKit and worker; people speak, and each utterance has one FINAL."""

import asyncio
import contextlib
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

import yaml
from june import build, clock, setup
from june.conversation import hold, two_people
from june.demo import EXAMPLE
from june.logs import faults, value
from june.metrics import dashboard_queries, described, exported
from june.prometheus import Prometheus
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
PIPELINE_RULES = build.REPOSITORY / "operator/src/test/resources/objects/minimal/out-prometheusrule.yaml"
# Alerts that a busy machine may well raise.
SLOW = {"JuneSttFinalsLate", "JuneSttAudioDropped", "JuneSttWebhookLate"}
# Panels that show nothing although all is well, and why.
EMPTY = {
    "Passes": "there is no operator without a cluster",
    "Time of a pass, p95": "there is no operator without a cluster",
    "Running and waiting": "there is no operator without a cluster",
}


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
            **self.receiver.settings(SIGNING_KEY),
        }
        self.quick = self.enterContext(running(self.paths, Path(folder.name), EXAMPLE, settings))
        self.prometheus = self.watched(Path(folder.name))

    def test_two_people_over_each_other_then_one_who_mutes_and_leaves_then_a_worker_that_is_told_to_stop(self):
        with self.subTest("two people over each other"):
            self.two_people_over_each_other()
        with self.subTest("one who mutes in mid-sentence, and later leaves in mid-sentence"):
            self.one_who_mutes_and_later_leaves_in_mid_sentence()
        with self.subTest("what is shown of all this"):
            self.what_is_shown_of_all_this()
        with self.subTest("a worker that is told to stop in mid-sentence"):
            self.a_worker_that_is_told_to_stop_in_mid_sentence()
        with self.subTest("its logs and traces hold nothing that was said, and no secret"):
            self.logs_and_traces_give_nothing_away()

    def watched(self, folder: Path) -> Prometheus | None:
        try:
            paths = setup.ensure("prometheus")
        except setup.SetupError as error:
            print(f"Prometheus cannot be had here, so nobody watches: {error}", file=sys.stderr)
            return None
        pipeline = self.quick.pipeline
        return self.enterContext(Prometheus(paths, folder, self.quick.worker.port, pipeline.namespace, pipeline.name))

    def what_is_shown_of_all_this(self):
        with urllib.request.urlopen(f"{self.quick.worker.url}/metrics", timeout=120) as answer:
            actual = exported(answer.read().decode())
        expected = described("Worker")
        self.assertEqual(sorted(actual), sorted(expected))
        for name, metric in expected.items():
            self.assertEqual((actual[name].type, dict(actual[name].labels)), (metric.type, dict(metric.labels)), name)
        if self.prometheus is None:
            return
        pipeline, prometheus = self.quick.pipeline, self.prometheus
        finals = f'sum(stt_transcripts_sent_total{{namespace="{pipeline.namespace}",type="final"}}) >= 6'
        self.assertTrue(prometheus.await_figure(finals), "six people's FINALs are seen")
        self.assertTrue(prometheus.await_figure('stt_final_stage_seconds_count{stage="deliver"} >= 6'), "and are delivered")
        empty = set()
        for (panel, legend), query in dashboard_queries(pipeline.namespace, pipeline.name, "5m").items():
            with self.subTest(panel=panel, legend=legend):
                if panel in EMPTY and not prometheus.query(query):
                    empty.add(panel)
                else:
                    self.assertTrue(prometheus.await_figure(query), f"it has no figure: {query}")
        self.assertEqual(empty, set(EMPTY))
        text = PIPELINE_RULES.read_text(encoding="utf-8")
        for group in yaml.safe_load(text)["spec"]["groups"]:
            for rule in group["rules"]:
                expression = rule["expr"].replace('"stt"', f'"{pipeline.namespace}"').replace("main-workers", f"{pipeline.name}-workers")
                for selector in re.findall(r"stt_\w+\{[^}]*\}", expression):
                    self.assertTrue(prometheus.await_figure(selector), f"{rule['alert']} asks for {selector}")
                if rule["alert"] not in SLOW:
                    self.assertEqual(prometheus.query(expression), [], f"{rule['alert']} is true although all is well")

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
