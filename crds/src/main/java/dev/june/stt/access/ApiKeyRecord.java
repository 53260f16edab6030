package dev.june.stt.access;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What is stored of a key, one line: {@code id=… hash=… scopes=deadletters:read,status:read expires=2027-01-31T00:00:00Z}. A Secret's entry
 * holds the records of one client; its entry {@value #PEPPER} is the key of the hashes.
 *
 * @param hash base64 of {@link ApiKey#hash}, as in URLs and without padding
 * @param expires from this moment on it is refused
 */
public record ApiKeyRecord(String id, String hash, Set<Scope> scopes, Instant expires) {
    /** The Secret's entry with the pepper: base64 of at least {@value ApiKey#PEPPER_BYTES} random bytes. */
    public static final String PEPPER = "pepper";

    private static final int HASH_BYTES = 32;
    private static final String SHAPE = "id=… hash=… scopes=…,… expires=…";

    public ApiKeyRecord {
        scopes = Set.copyOf(scopes);
    }

    public static ApiKeyRecord of(ApiKey key, byte[] pepper, Set<Scope> scopes, Instant expires) {
        return new ApiKeyRecord(
                key.id(), Base64.getUrlEncoder().withoutPadding().encodeToString(key.hash(pepper)), scopes, expires);
    }

    /**
     * @throws IllegalArgumentException if it is no record; the message names the field and shows nothing that is secret
     */
    public static ApiKeyRecord parse(String line) {
        Map<String, String> fields = fields(line);
        String id = fields.getOrDefault("id", "");
        if (!ApiKey.ID.matcher(id).matches()) {
            throw new IllegalArgumentException("id: expected twelve lower-case letters and digits");
        }
        String hash = fields.getOrDefault("hash", "");
        if (decoded("hash", hash, Base64.getUrlDecoder()).length != HASH_BYTES) {
            throw new IllegalArgumentException("hash: expected base64 of " + HASH_BYTES + " bytes");
        }
        return new ApiKeyRecord(id, hash, scopes(fields.getOrDefault("scopes", "")), expiry(fields));
    }

    /**
     * @throws IllegalArgumentException if it is too short or not base64
     */
    public static byte[] parsePepper(String text) {
        byte[] pepper = decoded(PEPPER, text.strip(), Base64.getDecoder());
        if (pepper.length < ApiKey.PEPPER_BYTES) {
            throw new IllegalArgumentException(
                    PEPPER + ": expected base64 of at least " + ApiKey.PEPPER_BYTES + " bytes, got " + pepper.length);
        }
        return pepper;
    }

    public byte[] hashBytes() {
        return Base64.getUrlDecoder().decode(hash);
    }

    public String line() {
        return "id=" + id + " hash=" + hash + " scopes="
                + scopes.stream().map(Scope::text).sorted().collect(Collectors.joining(",")) + " expires=" + expires;
    }

    /** Never the hash. */
    @Override
    public String toString() {
        return "ApiKeyRecord[" + id + "]";
    }

    private static Map<String, String> fields(String line) {
        Map<String, String> fields = new HashMap<>();
        for (String word : line.strip().split(" +", -1)) {
            int equals = word.indexOf('=');
            String name = equals < 0 ? "" : word.substring(0, equals);
            if (!Set.of("id", "hash", "scopes", "expires").contains(name)
                    || fields.put(name, word.substring(equals + 1)) != null) {
                throw new IllegalArgumentException("expected " + SHAPE + ", each once");
            }
        }
        return fields;
    }

    private static Set<Scope> scopes(String text) {
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (String name : text.split(",", -1)) {
            scopes.add(Scope.of(name)
                    .orElseThrow(() -> new IllegalArgumentException(
                            "scopes: expected some of " + Scope.list() + ", got " + name)));
        }
        return scopes;
    }

    private static Instant expiry(Map<String, String> fields) {
        String text = fields.getOrDefault("expires", "");
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("expires: expected a time such as 2027-01-31T00:00:00Z, got " + text, e);
        }
    }

    private static byte[] decoded(String field, String text, Base64.Decoder decoder) {
        try {
            return decoder.decode(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(field + ": expected base64"); // the cause would show a part of it
        }
    }
}
