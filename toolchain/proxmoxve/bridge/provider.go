// Package bridge maps the bpg Terraform provider for Proxmox VE onto the Pulumi tokens of the
// published proxmoxve package, for the resources and functions that pgha uses.
package bridge

import (
	"context"

	"github.com/bpg/terraform-provider-proxmox/fwprovider"
	"github.com/bpg/terraform-provider-proxmox/proxmoxtf/provider"
	pfbridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// Version is the version of the published package whose tokens this bridge keeps to.
const Version = "8.6.0"

// used lists the Terraform resources that are bridged, by the token of the published package.
var used = map[string]tokens.Type{
	"proxmox_virtual_environment_vm":   "proxmoxve:index/vmLegacy:VmLegacy",
	"proxmox_virtual_environment_file": "proxmoxve:index/fileLegacy:FileLegacy",
	"proxmox_download_file":            "proxmoxve:download/file:File",
}

// asked lists the Terraform data sources that are bridged, in the same way.
var asked = map[string]tokens.ModuleMember{
	"proxmox_virtual_environment_nodes": "proxmoxve:index/getNodesLegacy:getNodesLegacy",
	"proxmox_virtual_environment_vms":   "proxmoxve:index/getVmsLegacy:getVmsLegacy",
	"proxmox_virtual_environment_pool":  "proxmoxve:index/getPoolLegacy:getPoolLegacy",
	"proxmox_virtual_environment_pools": "proxmoxve:index/getPoolsLegacy:getPoolsLegacy",
	"proxmox_datastores":                "proxmoxve:index/getDatastores:getDatastores",
	"proxmox_haresource":                "proxmoxve:index/getHaresource:getHaresource",
	"proxmox_haresources":               "proxmoxve:index/getHaresources:getHaresources",
	"proxmox_version":                   "proxmoxve:index/getVersion:getVersion",
}

// Provider describes the bridge. The metadata is written by the schema generator and embedded by the plugin.
func Provider(metadata []byte) tfbridge.ProviderInfo {
	upstream := pfbridge.MuxShimWithPF(context.Background(),
		shimv2.NewProvider(provider.ProxmoxVirtualEnvironment()),
		fwprovider.New(Version)())
	info := tfbridge.ProviderInfo{
		P:                 upstream,
		Name:              "proxmoxve",
		DisplayName:       "Proxmox VE (bridge built by pgha)",
		Version:           Version,
		Description:       "What pgha uses of Proxmox VE, bridged from the bpg Terraform provider.",
		GitHubOrg:         "bpg",
		TFProviderVersion: "0.111.1",
		PluginDownloadURL: "github://api.github.com/muhlba91/pulumi-proxmoxve",
		MetadataInfo:      tfbridge.NewProviderMetadata(metadata),
		Resources:         map[string]*tfbridge.ResourceInfo{},
		DataSources:       map[string]*tfbridge.DataSourceInfo{},
		Java:              &tfbridge.JavaInfo{BasePackage: "io.muehlbachler.pulumi"},
	}
	for name, token := range used {
		info.Resources[name] = &tfbridge.ResourceInfo{Tok: token}
	}
	for name, token := range asked {
		info.DataSources[name] = &tfbridge.DataSourceInfo{Tok: token}
	}
	upstream.ResourcesMap().Range(func(name string, _ shim.Resource) bool {
		if _, ok := used[name]; !ok {
			info.IgnoreMappings = append(info.IgnoreMappings, name)
		}
		return true
	})
	upstream.DataSourcesMap().Range(func(name string, _ shim.Resource) bool {
		if _, ok := asked[name]; !ok {
			info.IgnoreMappings = append(info.IgnoreMappings, name)
		}
		return true
	})
	info.SetAutonaming(255, "-") // as published: a resource without a name gets one made from its Pulumi name
	return info
}
