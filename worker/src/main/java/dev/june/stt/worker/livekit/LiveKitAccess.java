package dev.june.stt.worker.livekit;

/**
 * A LiveKit server and the key that it knows us by.
 *
 * @param url ws or wss
 */
public record LiveKitAccess(String url, String apiKey, String apiSecret) {
    public LiveKitAccess {
        if (!url.startsWith("ws://") && !url.startsWith("wss://")) {
            throw new IllegalArgumentException("url: expected ws:// or wss://, got " + url);
        }
        if (apiKey.isBlank() || apiSecret.isBlank()) {
            throw new IllegalArgumentException("apiKey and apiSecret: expected both, got an empty one");
        }
    }

    /** The same host for plain requests, without a slash at the end. */
    String httpUrl() {
        return httpUrl(url);
    }

    static String httpUrl(String url) {
        String address = url.startsWith("ws") ? "http" + url.substring(2) : url;
        return address.endsWith("/") ? address.substring(0, address.length() - 1) : address;
    }

    @Override
    public String toString() {
        return "LiveKitAccess[url=" + url + ", apiKey=" + apiKey + "]";
    }
}
