package io.github.pgha.etcd;

import io.github.pgha.ExpectedFile;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class EtcdConfigTest {
    @Test
    void wholeFile() throws IOException {
        var members = List.of(
                new EtcdMember("course-etcd1", "192.168.125.13"),
                new EtcdMember("course-etcd2", "192.168.125.79"),
                new EtcdMember("course-etcd3", "192.168.125.80"));
        ExpectedFile.assertSame(this, "etcd.env", EtcdConfig.render(members.get(1), EtcdConfig.founders(members), "pgha"));
    }
}
