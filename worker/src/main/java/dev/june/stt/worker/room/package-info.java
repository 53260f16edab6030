/**
 * Listening to rooms: one {@link dev.june.stt.worker.room.RoomSession} for each, in it one {@link dev.june.stt.worker.room.TrackSession} for
 * each audio track. Open {@code TrackSession} first: it owns everything about a track, on a virtual thread of its own. {@link
 * dev.june.stt.worker.room.RoomSupervisor} takes rooms and gives them back.
 */
@NullMarked
package dev.june.stt.worker.room;

import org.jspecify.annotations.NullMarked;
