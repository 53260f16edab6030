package dev.june.stt.operator.probe;

/** A LiveKit server and the key to use there. */
public record LiveKitAccess(String url, String apiKey, String apiSecret) {
    @Override
    public String toString() {
        return url + " with key " + apiKey;
    }
}
