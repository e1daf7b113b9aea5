package io.github.pgha.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.pgha.sandbox.vm.DiskSize;
import io.github.pgha.sandbox.vm.NetModel;
import io.github.pgha.sandbox.vm.PropertyString;
import org.junit.jupiter.api.Test;

/** Devices in Proxmox's one-line form. */
class DevicesTest {
    @Test
    void propertiesAreSortedBehindTheDefaultOne() {
        PropertyString drive = PropertyString.parse("ssd=1,file=local:100/a.qcow2,cache=none", "file");
        assertEquals("local:100/a.qcow2,cache=none,ssd=1", drive.toString());
        drive.put("size", "20G");
        assertEquals("local:100/a.qcow2,cache=none,size=20G,ssd=1", drive.toString());
    }

    @Test
    void networkCardsKeepOrGetTheirAddress() {
        assertEquals("virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=0",
                NetModel.complete("model=virtio,macaddr=bc:24:11:00:00:01,bridge=vmbr0,firewall=0"));
        assertEquals("e1000=BC:24:11:00:00:01", NetModel.complete("e1000=bc:24:11:00:00:01"));
        assertTrue(NetModel.complete("virtio,bridge=vmbr0").matches("virtio=BC:24:11(:[0-9A-F]{2}){3},bridge=vmbr0"));
        assertThrows(IllegalArgumentException.class, () -> NetModel.complete("ne2000,bridge=vmbr0"));
        assertThrows(IllegalArgumentException.class, () -> NetModel.complete("bridge=vmbr0"));
    }

    @Test
    void sizesHaveUnits() {
        assertEquals(20L << 30, DiskSize.parse("20G"));
        assertEquals(1536L << 20, DiskSize.parse("1.5G"));
        assertEquals("20G", DiskSize.format(20L << 30));
        assertEquals("1536M", DiskSize.format(1536L << 20));
        assertThrows(IllegalArgumentException.class, () -> DiskSize.parse("big"));
    }
}
