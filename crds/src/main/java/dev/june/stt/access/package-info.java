/**
 * API keys as they cross a process boundary: the token that a caller shows, and the record of it in a Secret. The command line makes both, the
 * worker checks them. Open {@link dev.june.stt.access.ApiKey}, then {@link dev.june.stt.access.ApiKeyRecord}. Immutable values, any thread.
 */
@NullMarked
package dev.june.stt.access;

import org.jspecify.annotations.NullMarked;
