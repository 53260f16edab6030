package dev.june.stt.worker.livekit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.june.stt.testing.LiveKitServer;
import dev.june.stt.testing.Setup;
import dev.june.stt.testing.Speech;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoomConnectionIT {
    @TempDir
    private static Path folder;

    private static LiveKitServer server;
    private static HttpClient http;
    private static LiveKitLibrary library;
    private static LiveKitClient client;

    @BeforeAll
    static void start() {
        server = new LiveKitServer(folder);
        http = HttpClient.newHttpClient();
        library = LiveKitLibrary.load(Setup.path("livekit.library"));
        client = new LiveKitClient(library, http);
    }

    @AfterAll
    static void stop() {
        http.close();
        server.close();
    }

    @Test
    void framesOfASpeakerArriveAndSoundLikeTheSource() throws Exception {
        short[] speech = Speech.of("en_jfk").samples();
        Recorder recorder = new Recorder();
        try (RoomConnection room = join("frames", "stt", recorder);
                Speaker anna = Speaker.join(library, server.url(), room.room(), "anna")) {
            recorder.awaitEvent("started " + anna.trackSid());
            anna.say(speech);
            anna.pause(Duration.ofSeconds(1));
            System.out.println(
                    recorder.events + " " + recorder.audio(anna.trackSid()).frames() + " " + speech.length / 320);
        }
        System.out.println(recorder.events + " " + library.counts());
        assertThat(recorder.events).isNotEmpty();
    }

    private static RoomConnection join(String room, String identity, RoomConnection.Listener listener)
            throws Exception {
        String token = new AccessTokens(InstantSource.system())
                .listener(
                        new LiveKitAccess(server.url(), LiveKitServer.API_KEY, LiveKitServer.API_SECRET),
                        room,
                        identity,
                        Duration.ofHours(1));
        return client.join(server.url(), token, listener, JoinOptions.DEFAULT);
    }
}
