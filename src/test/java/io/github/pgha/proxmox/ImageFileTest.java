package io.github.pgha.proxmox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ImageFileTest {
    private static Site site(String url, String checksum) {
        return new Site(url, Optional.ofNullable(checksum), "local", "local", "local-lvm", "vmbr0", "192.168.124.1",
                List.of("192.168.124.1"), "pgha", List.of(), Optional.empty(), true);
    }

    @Test
    void keepsTheKindOfImageThatProxmoxTellsByItsEnd() {
        assertThat(ImageFile.name("shop", "lab/dev", site("https://example.org/a/debian-13.qcow2", null)))
                .matches("pgha-shop-[0-9a-f]{16}\\.qcow2");
        assertThat(ImageFile.name("shop", "lab/dev", site("https://example.org/debian.13.raw", null))).endsWith(".raw");
    }

    @Test
    void isAnotherOneForAnotherImageAndForAnotherOwner() {
        String url = "https://example.org/debian.qcow2";
        assertThat(Stream.of(
                ImageFile.name("shop", "lab/dev", site(url, null)),
                ImageFile.name("shop", "lab/dev", site(url, "ab".repeat(64))),
                ImageFile.name("shop", "lab/dev", site("https://mirror.example.org/debian.qcow2", null)),
                ImageFile.name("shop", "lab/prod", site(url, null)))).doesNotHaveDuplicates();
        assertThat(ImageFile.name("shop", "lab/dev", site(url, "AB".repeat(64))))
                .isEqualTo(ImageFile.name("shop", "lab/dev", site(url, "ab".repeat(64))));
    }
}
