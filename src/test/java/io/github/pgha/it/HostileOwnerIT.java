package io.github.pgha.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whatever an {@code up} and the tools beside it do in a database whose owner is hostile. */
@Order(23)
@Tag("long")
@ExtendWith(Lab.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class HostileOwnerIT {
    @BeforeAll
    static void theOwnerSettlesIn() {
        HostileOwner.settleIn();
    }

    @AfterEach
    void theOwnerGotNothing() {
        assertThat(Lab.make("doctor").ok().out()).endsWith("\nnothing found\n");
        assertThat(Lab.make("status").ok().out()).endsWith("\nDoctor: nothing found\n");
        HostileOwner.gotNothing("app", "heir");
    }

    @AfterAll
    static void theOwnerLeaves() {
        Trouble.up().ok();
        HostileOwner.leave();
    }

    @Test
    @Order(1)
    void aChangeAndAnUpdate() {
        Trouble.up("pgha-lab:clientNetworks[0]=192.168.124.0/23", "pgha-lab:timing=normal").ok();
        Trouble.up("pgha-lab:update=1").ok();
    }

    @Test
    @Order(2)
    void anotherApplicationsUser() {
        Trouble.up("pgha-lab:appUser=heir").ok();
        Trouble.up("pgha-lab:repair=51").ok();
    }

    @Test
    @Order(3)
    void aDatabaseThatAnotherOneOwns() {
        Trouble.sql("""
                CREATE ROLE stranger LOGIN;
                CREATE DATABASE shop OWNER stranger;
                \\connect shop
                SET ROLE stranger;
                """ + HostileOwner.traps("stranger", "shop"));
        Trouble.up("pgha-lab:appDatabase=shop").ok();
        HostileOwner.gotNothing("shop", "app");
        Trouble.up().ok();
    }

    @Test
    @Order(4)
    void aStandbyThatIsBuiltAnew() {
        int standby = Lab.POSTGRES.indexOf(Trouble.standbys().get(0));
        var file = StackFile.read();
        file.host("postgresHosts", Lab.POSTGRES.get(standby)).merge("rebuild", 1, (was, more) -> (int) was + (int) more);
        file.write();
        Trouble.up().ok();
    }
}
