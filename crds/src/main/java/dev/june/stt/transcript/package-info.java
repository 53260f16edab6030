/**
 * The published messages and where they go: CloudEvents in JSON, their subjects and identifiers. Open {@link
 * dev.june.stt.transcript.CloudEvent} and {@link dev.june.stt.transcript.Subjects} first. The JSON Schemas in {@code
 * src/main/resources/schema} are the contract for consumers in any language; golden examples are tested on both sides.
 */
@NullMarked
package dev.june.stt.transcript;

import org.jspecify.annotations.NullMarked;
