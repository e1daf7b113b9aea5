package io.github.pgha;

import com.pulumi.resources.Resource;
import io.github.pgha.host.Host;
import io.github.pgha.proxmox.Made;
import io.github.pgha.proxmox.VirtualMachines;
import io.github.pgha.proxmox.VmSpec;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The turns of a cluster's machines: for those that are built anew, and for those that restart to be changed. */
record MachineTurns(Past past, RebuildTurns rebuilt, ResizeTurns resized) implements VirtualMachines.Turns {
    @Override
    public Optional<Made> made(VmSpec spec) {
        return past.made(spec.name());
    }

    @Override
    public Optional<String> recreatedOn(VmSpec spec) {
        return Optional.ofNullable(past.recreated().get(spec.name()));
    }

    @Override
    public List<Resource> before(VmSpec spec, List<Host> earlier, List<Host> all) {
        return Stream.of(rebuilt.before(spec, earlier, all), resized.before(spec, all)).flatMap(List::stream).toList();
    }

    @Override
    public void declared(VmSpec spec, Host host, Resource machine) {
        resized.changed(spec, host, machine);
    }
}
