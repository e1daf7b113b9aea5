package io.github.pgha.preflight;

import io.github.pgha.preflight.Finding.Remedy;
import io.github.pgha.rules.Ipv4;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Whether an address is free. Only where this machine is in its network: then whoever has the address has to answer ARP,
 * whatever its packet filter. Nothing that answers is taken for free further away.
 */
final class AddressesCheck {
    private static final String CHECK = "addresses";
    private static final int CONNECT_MILLIS = 1500;
    private static final int ANY_PORT = 22;

    /** What there is to say of an address. */
    enum State {
        /** Nobody answers ARP for it. */
        FREE,
        /** Somebody has it. */
        TAKEN,
        /** This machine isn't in its network, or its table still knows somebody of before. */
        UNKNOWN
    }

    private AddressesCheck() {}

    /** One that is looked at: where it is written, whose it is, and itself with its prefix. */
    private record Address(String label, String whose, String withPrefix) {
        String ip() {
            return withPrefix.split("/")[0];
        }
    }

    /** Looks at those of machines that aren't there yet, and at the virtual one if the cluster isn't. */
    static List<Finding> of(Survey survey, Wanted wanted, Executor threads) throws IOException, InterruptedException {
        var addresses = new ArrayList<Address>();
        wanted.machines().stream().filter(machine -> survey.own(wanted, machine).isEmpty()).forEach(machine ->
                addresses.add(new Address(machine.label() + ".address", "host '" + machine.name() + "'", machine.address())));
        if (wanted.former().isEmpty()) {
            addresses.add(new Address("vip", "the virtual address", wanted.vip()));
        }
        var states = new LinkedHashMap<Address, FutureTask<State>>();
        addresses.forEach(address -> states.put(address, new FutureTask<>(() -> state(address.ip()))));
        states.values().forEach(threads::execute);
        Map<State, List<Address>> byState = new EnumMap<>(State.class);
        for (Map.Entry<Address, FutureTask<State>> state : states.entrySet()) {
            byState.computeIfAbsent(result(state.getValue()), found -> new ArrayList<>()).add(state.getKey());
        }
        var findings = new ArrayList<Finding>();
        byState.getOrDefault(State.TAKEN, List.of()).forEach(address -> findings.add(Finding.fails(CHECK, "address '"
                + address.ip() + "' of " + address.whose() + " must be free, and somebody answers there",
                Remedy.here("ip neigh show " + address.ip(),
                        wanted.set(address.label(), "ADDRESS/" + address.withPrefix().split("/")[1])))));
        said(byState.get(State.FREE), "free").ifPresent(text -> findings.add(Finding.ok(CHECK, text)));
        said(byState.get(State.UNKNOWN), "not looked at from here, which isn't in their network or has just spoken "
                + "to somebody there")
                .ifPresent(text -> findings.add(Finding.note(CHECK, text)));
        return findings;
    }

    private static Optional<String> said(List<Address> addresses, String what) {
        return Optional.ofNullable(addresses).map(all -> all.stream().map(Address::ip).collect(Collectors.joining(", ")) + " "
                + what);
    }

    private static State result(FutureTask<State> task) throws IOException, InterruptedException {
        try {
            return task.get();
        } catch (ExecutionException e) {
            throw new IOException("an address can't be looked at: " + e.getCause().getMessage(), e);
        }
    }

    static State state(String ip) throws IOException, InterruptedException {
        Ipv4 wanted = Ipv4.address(ip).orElseThrow();
        boolean near = false;
        for (NetworkInterface link : NetworkInterface.networkInterfaces().toList()) {
            for (InterfaceAddress own : link.getInterfaceAddresses()) {
                if (own.getAddress() instanceof Inet4Address address) {
                    if (address.getHostAddress().equals(ip)) {
                        return State.TAKEN;
                    }
                    near |= Ipv4.withPrefix(address.getHostAddress() + "/" + own.getNetworkPrefixLength())
                            .filter(network -> network.networkHas(wanted)).isPresent() && !link.isLoopback();
                }
            }
        }
        return near ? asked(ip) : State.UNKNOWN;
    }

    /** A connection makes the kernel ask for the address; what it got it tells afterwards. */
    private static State asked(String ip) throws IOException, InterruptedException {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getByName(ip), ANY_PORT), CONNECT_MILLIS);
            return State.TAKEN;
        } catch (NoRouteToHostException | SocketTimeoutException e) {
            // Nobody is there, or a packet filter is.
            return neighbour(ip);
        } catch (ConnectException e) {
            // Refused by whoever is there.
            return State.TAKEN;
        }
    }

    private static State neighbour(String ip) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder("ip", "-oneline", "neigh", "show", ip).redirectErrorStream(true).start();
        } catch (IOException e) {
            // A machine without iproute2 can't be asked.
            return State.UNKNOWN;
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(2, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return State.UNKNOWN;
        }
        return judged(said);
    }

    /** What {@code ip neigh} says of one address. An older entry may be of a machine that is gone. */
    static State judged(String said) {
        Optional<String> state = said.lines().filter(line -> !line.isBlank()).findFirst()
                .map(line -> line.strip().replaceAll(".* ", ""));
        return state.isEmpty() || List.of("INCOMPLETE", "FAILED").contains(state.get()) ? State.FREE
                : state.get().equals("REACHABLE") ? State.TAKEN : State.UNKNOWN;
    }
}
