/**
 * What is promised about delivery, under faults: workers and servers that are killed at steps chosen by a seed, networks that are cut, disks
 * that are full. Open {@link dev.june.stt.worker.faults.Conformance}, the judge: it reads only the public streams and the list of what was
 * said. {@link dev.june.stt.worker.faults.SpeakingWorker} is the process that is tormented, {@link dev.june.stt.worker.faults.NatsWire} the
 * cable to NATS that cuts and kills.
 */
@NullMarked
package dev.june.stt.worker.faults;

import org.jspecify.annotations.NullMarked;
