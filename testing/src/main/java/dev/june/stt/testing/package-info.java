/**
 * Real parts for tests: NATS, LiveKit and Kubernetes API servers as processes of their own on loopback, models, natives and
 * recorded speech. What is on this machine stands in the file that the build's setup wrote; open {@link
 * dev.june.stt.testing.Setup} first. Not used by product code.
 */
@NullMarked
package dev.june.stt.testing;

import org.jspecify.annotations.NullMarked;
