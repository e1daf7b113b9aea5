// Command pulumi-tfgen-proxmoxve writes the bridge's schema and metadata.
package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfgen"

	"github.com/pgha/pgha/toolchain/proxmoxve/bridge"
)

func main() {
	tfgen.MainWithMuxer("proxmoxve", bridge.Provider([]byte("{}")))
}
