/**
 * The adapter to LiveKit: its native client library and its agent-worker protocol. Open {@link dev.june.stt.worker.livekit.RoomConnection} first.
 */
@NullMarked
package dev.june.stt.worker.livekit;

import org.jspecify.annotations.NullMarked;
