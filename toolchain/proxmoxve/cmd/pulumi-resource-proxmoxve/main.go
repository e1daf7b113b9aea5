// Command pulumi-resource-proxmoxve is the provider plugin. The files that it embeds are written beside it by
// pulumi-tfgen-proxmoxve (toolchain/setup runs it first) and aren't kept in the repository.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"

	pfbridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"

	"github.com/pgha/pgha/toolchain/proxmoxve/bridge"
)

//go:embed schema.json
var schema []byte

//go:embed bridge-metadata.json
var metadata []byte

func main() {
	if len(os.Args) == 2 && (os.Args[1] == "-version" || os.Args[1] == "--version") {
		fmt.Println(bridge.Version + " (pgha bridge, built from source)")
		return
	}
	pfbridge.MainWithMuxer(context.Background(), "proxmoxve", bridge.Provider(metadata), schema)
}
