package dev.june.stt.worker.dispatch;

import dev.june.stt.config.Delivery;
import dev.june.stt.transcript.MessageHeaders;
import dev.june.stt.worker.tracing.TraceStep;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/**
 * Posts an event once and says what came of it. Connects to the very address that was checked: the check is the client's own name
 * resolution, so a name that resolves differently a moment later changes nothing. Follows no redirect, repeats nothing by itself, keeps
 * no cookie, uses no proxy, and reads no more of an answer than it needs to use the connection again. Any thread; blocks for at most the
 * webhook's timeout.
 */
final class WebhookClient implements AutoCloseable {
    /** Of the attempt that a name is resolved for: that is done by the thread that posts. */
    private static final ScopedValue<Boolean> ALLOW_PRIVATE = ScopedValue.newInstance();

    private static final Timeout CONNECT = Timeout.ofSeconds(5);

    /** Then a connection is made anew, so that a change of addresses, or of what is allowed, takes effect. */
    private static final TimeValue CONNECTION_LIFE = TimeValue.ofMinutes(1);

    private static final ContentType JSON = ContentType.create("application/json");
    private static final int MAX_ANSWER_BYTES = 64 * 1024;

    private final Clock clock;
    private final PoolingHttpClientConnectionManager connections;
    private final CloseableHttpClient http;
    private final ScheduledThreadPoolExecutor deadlines;
    private final AtomicBoolean allowedLast = new AtomicBoolean();

    /**
     * @param atOnce the most connections that are open at a time
     * @param tls who is trusted
     */
    WebhookClient(Clock clock, int atOnce, SSLContext tls) {
        this.clock = clock;
        this.connections = PoolingHttpClientConnectionManagerBuilder.create()
                .setMaxConnTotal(atOnce)
                .setMaxConnPerRoute(atOnce)
                .setDnsResolver(new Resolver())
                .setTlsSocketStrategy(new DefaultClientTlsStrategy(tls))
                .setDefaultConnectionConfig(ConnectionConfig.custom()
                        .setConnectTimeout(CONNECT)
                        .setTimeToLive(CONNECTION_LIFE)
                        .setValidateAfterInactivity(TimeValue.ofSeconds(1))
                        .build())
                .build();
        this.http = HttpClients.custom()
                .setConnectionManager(connections)
                .setUserAgent("june-stt")
                .disableRedirectHandling()
                .disableAutomaticRetries()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableContentCompression()
                .build();
        this.deadlines = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("webhook-deadlines").factory());
        this.deadlines.setRemoveOnCancelPolicy(true);
    }

    Answer post(WebhookEvent event, Endpoint endpoint) throws InterruptedException {
        Delivery.Webhook webhook = endpoint.webhook();
        if (allowedLast.getAndSet(webhook.allowPrivateAddresses()) != webhook.allowPrivateAddresses()) {
            connections.closeIdle(TimeValue.ZERO_MILLISECONDS); // they were made under other rules
        }
        HttpPost request = new HttpPost(endpoint.address());
        long seconds = clock.instant().getEpochSecond();
        event.headers().forEach(request::setHeader);
        request.setHeader("webhook-id", event.id());
        request.setHeader("webhook-timestamp", Long.toString(seconds));
        request.setHeader("webhook-signature", Signature.header(endpoint.keys(), event.id(), seconds, event.body()));
        TraceStep.current()
                .flatMap(TraceStep::traceparent)
                .ifPresent(trace -> request.setHeader(MessageHeaders.TRACEPARENT, trace));
        request.setEntity(new ByteArrayEntity(event.body(), JSON));

        AtomicBoolean late = new AtomicBoolean();
        Future<?> deadline = deadlines.schedule(
                () -> {
                    late.set(true);
                    request.cancel();
                },
                webhook.timeout().toMillis(),
                TimeUnit.MILLISECONDS);
        try (ClassicHttpResponse response = ScopedValue.where(ALLOW_PRIVATE, webhook.allowPrivateAddresses())
                .call(() -> http.executeOpen(null, request, null))) {
            Answer answer = Answer.ofStatus(response.getCode(), retryAfter(response));
            finish(response);
            return answer;
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException("told to stop in the middle of an attempt");
            }
            return late.get() ? Answer.of(Answer.Kind.TIMEOUT, "no answer within " + webhook.timeout()) : failure(e);
        } finally {
            deadline.cancel(false);
        }
    }

    @Override
    public void close() {
        deadlines.shutdownNow();
        connections.close(CloseMode.IMMEDIATE);
    }

    private Optional<Duration> retryAfter(ClassicHttpResponse response) {
        Header header = response.getFirstHeader("Retry-After");
        Instant now = clock.instant();
        return Optional.ofNullable(header).map(Header::getValue).flatMap(value -> RetryAfter.parse(value, now));
    }

    /** Reads to the end of a short answer, so that the connection can be used again; of a long one it is closed. */
    private static void finish(ClassicHttpResponse response) {
        HttpEntity entity = response.getEntity();
        if (entity == null) {
            return;
        }
        try {
            InputStream content = entity.getContent();
            byte[] buffer = new byte[2048];
            int left = MAX_ANSWER_BYTES;
            for (int read = 0; read >= 0 && left > 0; left -= read) {
                read = content.read(buffer, 0, Math.min(buffer.length, left));
            }
        } catch (IOException _) {
            // the status says it all; a connection that broke afterwards is not used again
        }
    }

    private static Answer failure(IOException e) {
        return switch (e) {
            case PrivateAddress _ -> Answer.of(Answer.Kind.PRIVATE_ADDRESS, String.valueOf(e.getMessage()));
            case UnknownHostException _ -> Answer.of(Answer.Kind.UNKNOWN_HOST, "the name has no address");
            case SSLException _ -> Answer.of(Answer.Kind.TLS, String.valueOf(e.getMessage()));
            case SocketTimeoutException _ -> Answer.of(Answer.Kind.TIMEOUT, "no connection within " + CONNECT);
            case InterruptedIOException _ -> Answer.of(Answer.Kind.TIMEOUT, "no connection in time");
            default -> Answer.of(Answer.Kind.CONNECTION, e.getClass().getSimpleName() + ": " + e.getMessage());
        };
    }

    /** Every connection goes through here, and to one of the addresses that it lets pass. */
    private static final class Resolver implements DnsResolver {
        @Override
        public InetAddress[] resolve(String host) throws UnknownHostException {
            InetAddress[] all = InetAddress.getAllByName(host);
            if (ALLOW_PRIVATE.orElse(false)) {
                return all;
            }
            InetAddress[] usable =
                    Arrays.stream(all).filter(AddressGuard::isPublic).toArray(InetAddress[]::new);
            if (usable.length == 0) {
                throw new PrivateAddress(host);
            }
            return usable;
        }

        @Override
        public String resolveCanonicalHostname(String host) {
            return host;
        }
    }

    private static final class PrivateAddress extends UnknownHostException {
        PrivateAddress(String host) {
            super(host + " has no public address, and delivery.webhook.allowPrivateAddresses is false");
        }
    }
}
