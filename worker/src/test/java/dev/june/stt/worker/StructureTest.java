package dev.june.stt.worker;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Calls go one way: from lifecycle to room to the rest. */
@AnalyzeClasses(packages = "dev.june.stt.worker", importOptions = ImportOption.DoNotIncludeTests.class)
final class StructureTest {
    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching("dev.june.stt.worker.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule NOTHING_CALLS_LIFECYCLE = noClasses()
            .that()
            .resideOutsideOfPackages("dev.june.stt.worker", "..worker.lifecycle..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..worker.lifecycle..");

    @ArchTest
    static final ArchRule WHAT_ROOMS_STAND_ON_DOES_NOT_CALL_THEM = noClasses()
            .that()
            .resideInAnyPackage(
                    "..worker.audio..",
                    "..worker.vad..",
                    "..worker.utterance..",
                    "..worker.recognition..",
                    "..worker.delivery..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..worker.room..");

    private StructureTest() {}
}
