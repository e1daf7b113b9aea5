// Command pulumi-resource-command stands in for Pulumi's published command plugin where that can't be downloaded:
// the same schema and behaviour for its remote resources, built from source. It has no local.Command.
package main

import (
	"context"
	"fmt"
	"os"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgha/pgha/toolchain/command/remote"
)

const (
	name = "command"
	// version is the published plugin's version whose schema this stand-in keeps to.
	version = "1.2.1"
)

func provider() (p.Provider, error) {
	return infer.NewProviderBuilder().
		WithDisplayName("Command (stand-in built by pgha)").
		WithDescription("Runs commands and copies files on remote hosts over SSH: a stand-in, built from source, "+
			"for the remote resources of Pulumi's command package.").
		WithLicense("Apache-2.0").
		WithLanguageMap(map[string]any{
			"java": map[string]any{"dependencies": map[string]string{}},
		}).
		WithResources(
			infer.Resource(&remote.Command{}),
			infer.Resource(&remote.CopyToRemote{}),
		).
		Build()
}

func main() {
	if len(os.Args) == 2 && (os.Args[1] == "-version" || os.Args[1] == "--version") {
		fmt.Println(version + " (pgha stand-in, built from source)")
		return
	}
	prov, err := provider()
	if err == nil {
		err = p.RunProvider(context.Background(), name, version, prov)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-resource-command: %v\n", err)
		os.Exit(1)
	}
}
