/**
 * Who may call the worker's endpoints, and how often: API keys from a mounted Secret, tokens of an identity provider, scopes, rates. Closed
 * unless something opens it. Open {@link dev.june.stt.worker.access.AccessWiring} first; requests run on the web server's threads.
 */
@NullMarked
package dev.june.stt.worker.access;

import org.jspecify.annotations.NullMarked;
