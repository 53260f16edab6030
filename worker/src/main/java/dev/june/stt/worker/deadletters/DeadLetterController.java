package dev.june.stt.worker.deadletters;

import dev.june.stt.worker.delivery.StoredUtterance;
import io.nats.client.JetStreamApiException;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The dead letters over HTTP. Which scope each address needs stands in the wiring of access. */
@RestController
@RequestMapping("/v1/deadletters")
final class DeadLetterController {
    private static final int MAX_LIMIT = 500;

    private final DeadLetterStream stream;
    private final Replayer replayer;
    private final JsonMapper json;

    DeadLetterController(DeadLetterStream stream, Replayer replayer, JsonMapper json) {
        this.stream = stream;
        this.replayer = replayer;
        this.json = json;
    }

    /**
     * @param next where to go on; absent at the end
     * @param total all that are kept, whether or not they are meant
     */
    record Listing(List<DeadLetter> deadLetters, @Nullable Long next, long total) {}

    record Inspection(DeadLetter deadLetter, @Nullable About about) {}

    /** Which to put back: some restriction, or {@code all}. */
    record ReplayRequest(
            @Nullable Boolean all,
            @Nullable String stage,
            @Nullable String reason,
            @Nullable Instant since,
            @Nullable Instant until,
            @Nullable Long from,
            @Nullable Long to,
            @Nullable Integer limit,
            @Nullable Integer perSecond,
            @Nullable Boolean dryRun) {
        private boolean saysWhich() {
            return Boolean.TRUE.equals(all)
                    || stage != null
                    || reason != null
                    || since != null
                    || until != null
                    || from != null
                    || to != null;
        }
    }

    @GetMapping
    Listing list(
            @RequestParam @Nullable String stage,
            @RequestParam @Nullable String reason,
            @RequestParam @Nullable Instant since,
            @RequestParam @Nullable Instant until,
            @RequestParam(defaultValue = "1") long from,
            @RequestParam(defaultValue = "" + Long.MAX_VALUE) long to,
            @RequestParam(defaultValue = "100") int limit)
            throws IOException, JetStreamApiException, InterruptedException {
        DeadLetterStream.Page page =
                stream.page(new Selection(stage, reason, since, until, from, to), within("limit", limit, MAX_LIMIT));
        return new Listing(
                page.letters(),
                page.next().isPresent() ? page.next().getAsLong() : null,
                stream.extent().count());
    }

    @GetMapping("/{sequence}")
    Inspection inspect(@PathVariable long sequence) throws IOException, JetStreamApiException {
        DeadLetterStream.Whole whole = whole(sequence);
        return new Inspection(whole.letter(), About.of(whole, json).orElse(null));
    }

    @GetMapping("/{sequence}/audio")
    ResponseEntity<byte[]> audio(@PathVariable long sequence) throws IOException, JetStreamApiException {
        DeadLetterStream.Whole whole = whole(sequence);
        Optional<StoredUtterance> utterance = whole.letter().stage().equals("webhook")
                ? Optional.empty()
                : StoredUtterance.read(whole.payload(), json);
        StoredUtterance found = utterance.orElseThrow(
                () -> new ResponseStatusException(HttpStatus.NOT_FOUND, "this dead letter has no readable audio"));
        return ResponseEntity.ok()
                .contentType(MediaType.parseMediaType("audio/wav"))
                .header(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"dead-letter-" + sequence + ".wav\"")
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .body(Wav.of(found.samples()));
    }

    @PostMapping("/{sequence}/replay")
    Replayer.Result replayOne(@PathVariable long sequence, @RequestParam(defaultValue = "false") boolean dryRun)
            throws IOException, JetStreamApiException, InterruptedException {
        whole(sequence);
        return replayer.replay(new Selection(null, null, null, null, sequence, sequence), 1, 1, dryRun);
    }

    @PostMapping("/replay")
    Replayer.Result replay(@RequestBody String body) throws IOException, JetStreamApiException, InterruptedException {
        ReplayRequest request = strictly(body);
        if (!request.saysWhich()) {
            throw badRequest("expected a restriction (stage, reason, since, until, from, to) or \"all\": true");
        }
        return replayer.replay(
                new Selection(
                        request.stage(),
                        request.reason(),
                        request.since(),
                        request.until(),
                        request.from() == null ? 1 : request.from(),
                        request.to() == null ? Long.MAX_VALUE : request.to()),
                request.limit() == null ? 100 : within("limit", request.limit(), MAX_LIMIT),
                request.perSecond() == null ? 50 : within("perSecond", request.perSecond(), 1_000),
                Boolean.TRUE.equals(request.dryRun()));
    }

    /** A restriction that is misspelt must not mean all. */
    private ReplayRequest strictly(String body) {
        try {
            return json.readerFor(ReplayRequest.class)
                    .with(
                            DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                            DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .readValue(body);
        } catch (JacksonException e) {
            // The reader's own words name our classes and repeat what was sent.
            String field =
                    e instanceof DatabindException wrong && !wrong.getPath().isEmpty()
                            ? String.valueOf(wrong.getPath().getFirst().getPropertyName())
                            : "";
            throw badRequest("the body is no replay request"
                    + (field.matches("[A-Za-z]{1,40}") ? ": field " + field + " is unknown or has a wrong value" : ""));
        }
    }

    private DeadLetterStream.Whole whole(long sequence) throws IOException, JetStreamApiException {
        return stream.find(sequence)
                .orElseThrow(() -> new ResponseStatusException(
                        HttpStatus.NOT_FOUND,
                        "no dead letter has the sequence " + sequence + "; it may have been replayed"));
    }

    private static int within(String field, int value, int most) {
        if (value < 1 || value > most) {
            throw badRequest(field + ": expected 1 to " + most + ", got " + value);
        }
        return value;
    }

    private static ResponseStatusException badRequest(String detail) {
        return new ResponseStatusException(HttpStatus.BAD_REQUEST, detail);
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> busy(Replayer.Busy busy) {
        return later(HttpStatus.TOO_MANY_REQUESTS, "this worker is replaying already");
    }

    /** A sequence below 1 or a stream that is not there are refusals of the server; no answer is none. */
    @ExceptionHandler({IOException.class, JetStreamApiException.class, IllegalStateException.class})
    ResponseEntity<ProblemDetail> withoutNats(Exception problem) {
        return later(HttpStatus.SERVICE_UNAVAILABLE, "the dead letters cannot be reached");
    }

    private static ResponseEntity<ProblemDetail> later(HttpStatus status, String detail) {
        return ResponseEntity.status(status)
                .header(HttpHeaders.RETRY_AFTER, "2")
                .body(ProblemDetail.forStatusAndDetail(status, detail));
    }
}
