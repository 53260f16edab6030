package dev.june.stt.worker.status;

import dev.june.stt.config.WorkerReport;
import dev.june.stt.worker.room.RoomStatus;
import dev.june.stt.worker.room.Roster;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** A worker's status over HTTP: its rooms, and the figures of each participant. Which scope it needs stands in the wiring of access. */
@RestController
@RequestMapping("/v1/status")
final class StatusController {
    private static final int MAX_LIMIT = 500;

    private final StatusSource source;

    StatusController(StatusSource source) {
        this.source = source;
    }

    /**
     * The worker and a page of its rooms.
     *
     * @param next to be asked for as {@code after}; null at the end
     */
    record WorkerStatus(
            WorkerReport worker,
            List<RoomStatus> rooms,
            @Nullable String next) {}

    /** A page of a room's participants. */
    record Participants(
            String room,
            List<RoomStatus.Participant> participants,
            @Nullable String next) {}

    @GetMapping
    ResponseEntity<WorkerStatus> worker(
            @RequestParam @Nullable String after, @RequestParam(defaultValue = "100") int limit) {
        Roster.Page<RoomStatus> page = source.roster().rooms(after, within(limit));
        return answer(new WorkerStatus(
                source.report().get(), page.entries(), page.next().orElse(null)));
    }

    @GetMapping("/participants")
    ResponseEntity<Participants> participants(
            @RequestParam String room,
            @RequestParam @Nullable String after,
            @RequestParam(defaultValue = "100") int limit) {
        Roster.Page<RoomStatus.Participant> page = source.roster()
                .participants(room, after, within(limit))
                .orElseThrow(() -> new ResponseStatusException(
                        HttpStatus.NOT_FOUND, "this worker does not listen to that room; another one may"));
        return answer(new Participants(room, page.entries(), page.next().orElse(null)));
    }

    private static <T> ResponseEntity<T> answer(T body) {
        return ResponseEntity.ok().cacheControl(CacheControl.noStore()).body(body);
    }

    private static int within(int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new ResponseStatusException(
                    HttpStatus.BAD_REQUEST, "limit: expected 1 to " + MAX_LIMIT + ", got " + limit);
        }
        return limit;
    }
}
