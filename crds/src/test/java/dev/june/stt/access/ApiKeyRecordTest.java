package dev.june.stt.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ApiKeyRecordTest {
    private static final byte[] PEPPER = new byte[32];
    private static final Instant EXPIRES = Instant.parse("2027-01-31T00:00:00Z");

    private final ApiKey key = ApiKey.random(new SecureRandom());
    private final ApiKeyRecord record =
            ApiKeyRecord.of(key, PEPPER, Set.of(Scope.STATUS_READ, Scope.DEAD_LETTERS_READ), EXPIRES);

    @Test
    void aKeyIsReadFromItsTokenAndARecordFromItsLine() {
        assertThat(ApiKey.parse(key.token())).contains(key);
        assertThat(ApiKeyRecord.parse(record.line())).isEqualTo(record);
        assertThat(record.line()).contains("scopes=deadletters:read,status:read expires=2027-01-31T00:00:00Z");
    }

    @Test
    void theHashNeedsTheKeyAndThePepper() {
        byte[] otherPepper = new byte[32];
        Arrays.fill(otherPepper, (byte) 1);

        assertThat(key.hash(PEPPER)).isEqualTo(record.hashBytes());
        assertThat(key.hash(otherPepper)).isNotEqualTo(record.hashBytes());
        assertThat(ApiKey.random(new SecureRandom()).hash(PEPPER)).isNotEqualTo(record.hashBytes());
    }

    @Test
    void nothingSecretIsShown() {
        assertThat(key.toString()).contains(key.id()).doesNotContain(key.secret());
        assertThat(record.toString()).contains(key.id()).doesNotContain(record.hash());
    }

    @Test
    void whatIsNoKeyIsNone() {
        for (String text : new String[] {
            "",
            "june_",
            key.token() + "x",
            key.token().substring(1),
            "JUNE" + key.token().substring(4),
            key.token() + "\n"
        }) {
            assertThat(ApiKey.parse(text)).as(text).isEmpty();
        }
    }

    @Test
    void whatIsWrongWithARecordIsSaidAndNothingSecretIsRepeated() {
        refused(record.line().replace("status:read", "status:write"), "scopes: expected some of", "status:write");
        refused(record.line().replace("scopes=deadletters:read,status:read", "scopes="), "scopes: expected");
        refused(record.line().replace("2027-01-31T00:00:00Z", "never"), "expires: expected a time");
        refused(record.line().replaceAll(" expires=\\S+", ""), "expires: expected");
        refused(record.line().replaceAll("id=\\S+", "id=ADMIN"), "id: expected");
        refused(record.line().replaceAll("hash=\\S+", "hash=AAAA"), "hash: expected");
        refused(record.line().replaceAll("hash=", "hash=!"), "hash: expected");
        refused(record.line() + " admin=true", "expected id=");
        refused(record.line() + " id=" + record.id(), "each once");
        refused("", "expected id=");
    }

    @Test
    void aPepperIsLongEnough() {
        assertThat(ApiKeyRecord.parsePepper(Base64.getEncoder().encodeToString(PEPPER) + "\n"))
                .hasSize(32);
        assertThatThrownBy(() -> ApiKeyRecord.parsePepper("c2hvcnQ="))
                .hasMessage("pepper: expected base64 of at least 32 bytes, got 5");
        assertThatThrownBy(() -> ApiKeyRecord.parsePepper("?!")).hasMessage("pepper: expected base64");
    }

    private void refused(String line, String... parts) {
        assertThatThrownBy(() -> ApiKeyRecord.parse(line))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(parts)
                .message()
                .doesNotContain(record.hash());
    }
}
