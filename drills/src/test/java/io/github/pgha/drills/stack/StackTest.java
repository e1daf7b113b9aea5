package io.github.pgha.drills.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgha.drills.TestStack;
import org.junit.jupiter.api.Test;

class StackTest {
    private static String changed(String from, String to) {
        assertThat(TestStack.json()).contains(from);
        return TestStack.json().replace(from, to);
    }

    @Test
    void readsOutputs() {
        Stack stack = TestStack.stack();
        assertThat(stack.vip()).isEqualTo("10.0.0.50");
        assertThat(stack.primaryPort()).isEqualTo(5000);
        assertThat(stack.login()).isEqualTo(new Login("app", "p@ss+w/ord", "app"));
        assertThat(stack.with(Host.BALANCER)).extracting(Host::name).containsExactly("e1", "e2");
        assertThat(stack.with(Host.ETCD)).extracting(Host::vmId).containsExactly(101, 102, 103);
        assertThat(stack.caCertificate()).isEmpty();
        assertThat(stack.drillsAllowed()).isFalse();
    }

    @Test
    void readsOptionalOutputs() {
        Stack stack = Stack.parse(changed("\"primaryPort\"", "\"caCertificate\": \"PEM\", \"drillsAllowed\": true, "
                + "\"timing\": \"fast\", \"primaryPort\""));
        assertThat(stack.caCertificate()).contains("PEM");
        assertThat(stack.drillsAllowed()).isTrue();
        assertThat(stack.timing()).contains("fast");
    }

    @Test
    void namesAMissingOutput() {
        assertThatThrownBy(() -> Stack.parse(changed("\"vip\"", "\"vap\"")))
                .hasMessage("The stack has no output 'vip': is it a stack of this project, and was it brought up?");
    }

    @Test
    void asksForSecretsThatAreHidden() {
        assertThatThrownBy(() -> Stack.parse(changed("\"10.0.0.50\"", "\"[secret]\"")))
                .hasMessage("The stack's output 'vip' is hidden: "
                        + "give 'pulumi stack output' the option --show-secrets.");
    }

    @Test
    void neverRepeatsAUriOrText() {
        assertThatThrownBy(() -> Stack.parse(changed("postgresql://app:p%40ss", "mysql://app:p%40ss")))
                .hasMessage("The stack's output 'primaryUri' must be a URI of the form "
                        + "postgresql://USER:PASSWORD@HOST:PORT/DATABASE.");
        assertThatThrownBy(() -> Stack.parse("{\"primaryUri\": \"geheim"))
                .hasMessageContaining("aren't JSON").hasMessageNotContaining("geheim").hasNoCause();
        assertThat(TestStack.stack().toString()).doesNotContain("p@ss");
        assertThat(TestStack.stack().login().toString()).doesNotContain("p@ss");
    }

    @Test
    void wantsEveryRole() {
        assertThatThrownBy(() -> Stack.parse(TestStack.json().replace("\"balancer\"", "\"idle\"")))
                .hasMessage("The stack's output 'hosts' has no host with the role 'balancer'.");
    }

    @Test
    void readsAJumpHost() {
        assertThat(TestStack.stack().behindJumpHost()).isFalse();
        String jump = "\"name\": \"p2\", \"jumpHost\": {\"address\": \"gate.example.org\", \"user\": \"j\", \"port\": 2222.0, "
                + "\"hostKey\": \"ssh-ed25519 AAAA\"}";
        Stack stack = Stack.parse(changed("\"name\": \"p2\"", jump));
        assertThat(stack.behindJumpHost()).isTrue();
        assertThat(stack.with(Host.POSTGRES).get(1).jumpHost())
                .contains(new JumpHost("gate.example.org", "j", "ssh-ed25519 AAAA", 2222));
        assertThatThrownBy(() -> Stack.parse(changed("\"name\": \"p2\"", jump.replace("hostKey", "key"))))
                .hasMessage("The stack's output 'hosts' has a host 'p2' behind a jump host without 'hostKey'.");
    }

    @Test
    void wantsEveryHostsAddress() {
        assertThatThrownBy(() -> Stack.parse(changed("\"address\": \"10.0.0.12\",", "")))
                .hasMessage("The stack's output 'hosts' has a host 'p2' without 'address'.");
    }
}
