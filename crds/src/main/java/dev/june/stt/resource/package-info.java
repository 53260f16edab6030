/**
 * The custom resource {@code SttPipeline}, shaped as Fabric8 needs it. Open {@link dev.june.stt.resource.SttPipeline} first. The
 * YAML in {@code src/main/resources/crd} is generated from these types; a test fails when the two differ.
 */
@NullMarked
package dev.june.stt.resource;

import org.jspecify.annotations.NullMarked;
