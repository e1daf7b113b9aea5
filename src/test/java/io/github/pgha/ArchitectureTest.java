package io.github.pgha;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows of ARCHITECTURE.md. */
@AnalyzeClasses(packages = "io.github.pgha", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String[] PARTS = {
        "..proxmox..", "..etcd..", "..patroni..", "..balancer..", "..fencing..", "..firewall.."};

    @ArchTest
    static final ArchRule groundFloorKnowsNoPart = noClasses()
            .that().resideInAnyPackage("..host..", "..secret..", "..rules..")
            .should().dependOnClassesThat().resideInAnyPackage(
                    "io.github.pgha", "io.github.pgha.proxmox..", "io.github.pgha.etcd..",
                    "io.github.pgha.patroni..", "io.github.pgha.balancer..", "io.github.pgha.fencing..",
                    "io.github.pgha.firewall..");

    @ArchTest
    static final ArchRule onlyOneClassUsesTheCommandProvider = noClasses()
            .that().doNotHaveSimpleName("HostCommand")
            .should().dependOnClassesThat().haveNameMatching("com\\.pulumi\\.command\\..*(Args|Logging|Builder)");

    @ArchTest
    static final ArchRule onlyProxmoxAndTheProgramKnowProxmox = noClasses()
            .that().resideOutsideOfPackages("io.github.pgha", "io.github.pgha.proxmox..")
            .should().dependOnClassesThat().resideInAPackage("io.muehlbachler..");

    @ArchTest
    static final ArchRule partsDontKnowTheWhole = noClasses()
            .that().resideInAnyPackage(PARTS)
            .should().dependOnClassesThat().resideInAPackage("io.github.pgha");

    @ArchTest
    static final ArchRule renderersArePure = noClasses()
            .that().haveSimpleNameEndingWith("Config").or().haveSimpleNameEndingWith("Secrets")
            .or().haveSimpleName("UserData").or().haveSimpleName("HostScript")
            .should().dependOnClassesThat().resideInAPackage("com.pulumi..");
}
