package dev.june.stt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.june.stt.access.ApiKey;
import dev.june.stt.access.ApiKeyRecord;
import dev.june.stt.access.Scope;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands against a small server on loopback that gives prepared answers; the worker's own answers are tested in its module. */
class JuneTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Authorization") + " " + body);
            String answer = answers.poll();
            int status = answer == null ? 403 : 200;
            byte[] bytes = (answer == null ? "{}" : answer).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        Files.writeString(folder.resolve("key"), "june_key\n");
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void theUsersOfAPipelineArePrintedAndNamesThatAreNoneRefused() {
        assertThat(run("nats-users", "--namespace", "team-a", "--pipeline", "meetings", "--consumer", "archive"))
                .isZero();
        assertThat(out.toString())
                .contains("user: \"worker.team-a.meetings\"", "password: $WORKER__TEAM_A__MEETINGS_PASSWORD")
                .contains("$JS.API.CONSUMER.MSG.NEXT.STT_team-a_meetings_TRANSCRIPTS.archive");
        assertThat(run("nats-users", "--namespace", "a.>", "--pipeline", "meetings"))
                .isOne();
        assertThat(run("nats-users", "--namespace", "a", "--pipeline", "b", "--consumer", "c\" }"))
                .isOne();
    }

    @Test
    void aKeyIsMadeWithItsRecordAndThePepperIsKept() throws Exception {
        String pepper = folder.resolve("pepper").toString();
        assertThat(run(
                        "keys",
                        "new",
                        "--client",
                        "ops",
                        "--scopes",
                        "deadletters:read,status:read",
                        "--pepper-file",
                        pepper))
                .isZero();
        String[] lines = out.toString().split("\\R", -1);
        ApiKey key = ApiKey.parse(lines[1]).orElseThrow();
        ApiKeyRecord record = ApiKeyRecord.parse(lines[4]);
        byte[] made = ApiKeyRecord.parsePepper(Files.readString(folder.resolve("pepper")));
        assertThat(record.hashBytes()).isEqualTo(key.hash(made));
        assertThat(record.scopes()).containsExactlyInAnyOrder(Scope.DEAD_LETTERS_READ, Scope.STATUS_READ);

        run("keys", "new", "--client", "ops", "--scopes", "status:read", "--pepper-file", pepper);
        assertThat(ApiKeyRecord.parsePepper(Files.readString(folder.resolve("pepper"))))
                .isEqualTo(made);
    }

    @Test
    void aMistakeIsASentence() {
        String pepper = folder.resolve("pepper").toString();
        assertThat(run("keys", "new", "--client", "ops", "--scopes", "all", "--pepper-file", pepper))
                .isEqualTo(1);
        assertThat(err.toString())
                .contains("--scopes: expected some of deadletters:read")
                .contains("got all");
        assertThat(run("keys", "new", "--client", "../ops", "--scopes", "status:read", "--pepper-file", pepper))
                .isEqualTo(1);
        assertThat(folder.resolve("pepper")).doesNotExist();
        assertThat(run("deadletters", "replay", "--server", url())).isEqualTo(1);
        assertThat(err.toString()).contains("which?");
        assertThat(run("deadletters", "list")).isEqualTo(1);
        assertThat(err.toString()).contains("no API key");
        assertThat(dl("show", "7")).isEqualTo(1);
        assertThat(err.toString()).contains("answered 403: the key lacks the scope");
    }

    @Test
    void aListGoesThroughAllPages() {
        answers.add("{\"deadLetters\":[" + letter(1) + "],\"next\":2}");
        answers.add("{\"deadLetters\":[" + letter(2) + "],\"next\":null}");
        assertThat(dl("list", "--stage", "decode", "--since", "2026-01-01T00:00:00Z"))
                .isZero();
        assertThat(out.toString()).contains("TR_a-000001").contains("TR_a-000002");
        assertThat(asked.get(0))
                .contains("limit=500&stage=decode&since=2026-01-01T00%3A00%3A00Z ")
                .contains("Bearer june_key");
        assertThat(asked.get(1)).contains("&from=2");
    }

    @Test
    void aReplayGoesOnToWhereItBeganToEnd() {
        answers.add(
                "{\"deadLetters\":[{\"sequence\":1,\"utteranceId\":\"a\",\"outcome\":\"replayed\"}],\"next\":2,\"to\":9}");
        answers.add(
                "{\"deadLetters\":[{\"sequence\":2,\"utteranceId\":\"b\",\"outcome\":\"refused\",\"problem\":\"why\"}],\"to\":9}");
        assertThat(dl("replay", "--all", "--rate", "7")).isEqualTo(1);
        assertThat(asked.get(0))
                .contains("\"all\":true")
                .contains("\"perSecond\":7")
                .contains("\"dryRun\":false");
        assertThat(asked.get(1)).contains("\"from\":2").contains("\"to\":9");
        assertThat(out.toString()).contains("2 b refused why").contains("1 replayed, 1 refused");

        answers.add("{\"deadLetters\":[],\"next\":5,\"to\":9,\"stopped\":\"NATS gives no answer\"}");
        assertThat(dl("replay", "5", "--dry-run")).isEqualTo(1);
        assertThat(asked.get(2)).contains("\"from\":5,\"to\":5").contains("\"dryRun\":true");
        assertThat(err.toString()).contains("NATS gives no answer. Go on with --from 5 --to 9");
    }

    @Test
    void audioIsSavedAndNothingIsOverwritten() throws Exception {
        answers.add("RIFF");
        Path file = folder.resolve("out.wav");
        assertThat(dl("audio", "3", "-o", file.toString())).isZero();
        assertThat(file).hasContent("RIFF");
    }

    private int dl(String... arguments) {
        List<String> all = new ArrayList<>(List.of("deadletters"));
        all.addAll(List.of(arguments));
        all.addAll(
                List.of("--server", url(), "--key-file", folder.resolve("key").toString()));
        return run(all.toArray(String[]::new));
    }

    private int run(String... arguments) {
        CommandLine commands = June.commandLine();
        commands.setOut(new PrintWriter(out, true));
        commands.setErr(new PrintWriter(err, true));
        return commands.execute(arguments);
    }

    private String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private static String letter(int number) {
        return "{\"sequence\":%d,\"stage\":\"decode\",\"reason\":\"loop\",\"utteranceId\":\"TR_a-%06d\",\"deliveries\":\"3\",\"time\":\"2026-01-01T00:00:00Z\"}"
                .formatted(number, number);
    }
}
