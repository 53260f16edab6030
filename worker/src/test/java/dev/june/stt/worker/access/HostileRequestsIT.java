package dev.june.stt.worker.access;

import static dev.june.stt.worker.faults.PipelineOnNats.await;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.june.stt.access.Scope;
import dev.june.stt.worker.faults.Seeds;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What no well-behaved client would send, on bare sockets, to the running web layer: refused, and the next one is served. */
class HostileRequestsIT extends AccessRig {
    private static final List<String> TEXTS = List.of(
            "' OR 1=1; DROP TABLE deadletters; --",
            "${jndi:ldap://127.0.0.1/a}",
            "%{(#a=@java.lang.Runtime@getRuntime())}",
            "one\r\n2026-11-24 INFO all is well",
            "one\nWARN forged",
            "\u001b[2J\u0007",
            "\u2028\u2029\u0085",
            "../../../../etc/passwd",
            "\ud83d\ude00\u0000\ufffd",
            "NaN",
            "-Infinity",
            "1e999",
            "99999999999999999999",
            "<script>alert(1)</script>",
            "x".repeat(5_000));

    private String key = "";

    @BeforeEach
    void admit() throws Exception {
        key = door.admit("fuzz", Scope.values()).token();
        await(() -> door.get(LIST, key).statusCode() == 200);
    }

    @Test
    void textsThatInjectAreRefusedOrMeanNothingAndForgeNoLogLine() throws Exception {
        ListAppender<ILoggingEvent> log = listen();
        for (String text : TEXTS) {
            String encoded = URLEncoder.encode(text, StandardCharsets.UTF_8);
            for (String parameter : List.of("limit", "from", "to", "since", "until", "stage", "reason", "room")) {
                assertAnswered(get(LIST + "?" + parameter + "=" + encoded), text);
            }
            assertAnswered(get(LIST + "/" + encoded), text);
            assertAnswered(post(LIST + "/replay", "{\"reason\":" + quoted(text) + "}"), text);
            assertAnswered(post(LIST + "/" + encoded + "/replay", text), text);
        }
        assertThat(log.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .allSatisfy(line -> assertThat(line).doesNotContain("\n", "\r", "\u001b", "\u2028"));
        assertServes();
    }

    @Test
    void aBodyThatIsTooLargeIsRefusedBeforeItIsRead() throws Exception {
        assertThat(raw(head("POST", LIST + "/replay", "Content-Length: 10000000000\r\nContent-Type: application/json")))
                .startsWith("HTTP/1.1 413");
        assertThat(raw(head("POST", LIST + "/replay", "Content-Length: 65537\r\nContent-Type: application/json")))
                .startsWith("HTTP/1.1 413");
        assertServes();
    }

    @Test
    void aBodyOfUnknownLengthIsRefused() throws Exception {
        assertThat(raw(head("POST", LIST + "/replay", "Transfer-Encoding: chunked\r\nContent-Type: application/json")
                        + "5\r\nhello\r\n"))
                .startsWith("HTTP/1.1 411");
        assertServes();
    }

    @Test
    void wrongEncodingsAreRefused() throws Exception {
        for (String path : List.of("/%ff%fe", "/%00", "/%c0%ae%c0%ae/", "/..%2f..%2fetc", "/%", "/%zz", "//x;a=b")) {
            assertThat(raw(head("GET", LIST + path, "X: y"))).as(path).matches("(?s)HTTP/1.1 4\\d\\d.*");
        }
        assertThat(raw("GET \u0001\u0002 HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 400");
        assertThat(raw("NONSENSE\r\n\r\n")).startsWith("HTTP/1.1 400");
        assertThat(raw(head("GET", LIST, "Content-Length: 5\r\nContent-Length: 6")))
                .startsWith("HTTP/1.1 400");
        assertThat(raw(head("GET", LIST, "Bad Header\u0000: x"))).startsWith("HTTP/1.1 400");
        assertServes();
    }

    @Test
    void randomBytesBreakNothing() throws Exception {
        Random random = Seeds.random("HostileRequestsIT");
        for (int i = 0; i < 200; i++) {
            byte[] noise = new byte[1 + random.nextInt(2_000)];
            random.nextBytes(noise);
            raw(new String(noise, StandardCharsets.ISO_8859_1) + "\r\n\r\n");
        }
        assertServes();
    }

    @Test
    void clientsThatNeverFinishTheirRequestAreCutOffAndTheOthersAreServedMeanwhile() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 100; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), door.port());
                socket.getOutputStream().write("GET /v1/dead".getBytes(StandardCharsets.US_ASCII));
                slow.add(socket);
            }
            assertServes();
            for (Socket socket : slow) {
                socket.setSoTimeout(120_000);
                drain(socket.getInputStream());
            }
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
        assertServes();
    }

    @Test
    void aClientHasNoMoreRequestsAtOnceThanItsLimit() {
        InFlight inFlight = new InFlight(new io.micrometer.core.instrument.simple.SimpleMeterRegistry());
        assertThat(inFlight.enter("a", 2)).isTrue();
        assertThat(inFlight.enter("a", 2)).isTrue();
        assertThat(inFlight.enter("a", 2)).isFalse();
        assertThat(inFlight.enter("b", 2)).isTrue();
        inFlight.leave("a");
        assertThat(inFlight.enter("a", 2)).isTrue();
        List.of("a", "a", "b").forEach(inFlight::leave);
        assertThat(inFlight.callers()).isZero();
    }

    private void assertServes() throws Exception {
        await(() -> door.get(LIST, key).statusCode() == 200);
    }

    private static void assertAnswered(String answer, String text) {
        assertThat(answer).as(text).matches("(?s)HTTP/1.1 (200|503|4\\d\\d).*");
        assertThat(answer).as(text).doesNotContain("\tat ", "Exception");
    }

    private static String quoted(String text) {
        return tools.jackson.databind.json.JsonMapper.shared().writeValueAsString(text);
    }

    private String get(String path) throws IOException {
        return raw(head("GET", path, "X-Test: 1"));
    }

    private String post(String path, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return raw(head("POST", path, "Content-Type: application/json\r\nContent-Length: " + bytes.length)
                + new String(bytes, StandardCharsets.ISO_8859_1));
    }

    private String head(String method, String path, String headers) {
        return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer " + key
                + "\r\n" + headers + "\r\n\r\n";
    }

    /** All of the answer; empty if the server hung up. */
    private String raw(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), door.port())) {
            socket.setSoTimeout(120_000);
            try {
                socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            } catch (IOException e) {
                // the server need not read all of it before it refuses
            }
            return drain(socket.getInputStream());
        }
    }

    private static String drain(InputStream in) {
        StringBuilder answer = new StringBuilder();
        try {
            for (int next = in.read(); next >= 0; next = in.read()) {
                answer.append((char) next);
            }
        } catch (java.net.SocketTimeoutException e) {
            throw new AssertionError("the server holds the connection", e);
        } catch (IOException e) {
            // hung up
        }
        return answer.toString();
    }

    private static ListAppender<ILoggingEvent> listen() {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        ((Logger) LoggerFactory.getLogger("dev.june.stt")).addAppender(log);
        return log;
    }
}
