// Package remote holds the resources of the command package that act on a host over SSH.
package remote

import (
	"github.com/pulumi/pulumi-go-provider/infer"
)

const (
	defaultUser           = "root"
	defaultPort           = 22.0
	defaultDialErrorLimit = 10
	defaultPerDialTimeout = 15
	unlimitedDialErrors   = -1
)

// endpoint is what a host and a bastion host have in common. What is secret in the published plugin is so here: the
// engine takes a value that became secret, or stopped being so, for a changed one.
type endpoint struct {
	User               *string  `pulumi:"user,optional"`
	Password           *string  `pulumi:"password,optional" provider:"secret"`
	Host               string   `pulumi:"host"`
	Port               *float64 `pulumi:"port,optional"`
	PrivateKey         *string  `pulumi:"privateKey,optional" provider:"secret"`
	PrivateKeyPassword *string  `pulumi:"privateKeyPassword,optional" provider:"secret"`
	HostKey            *string  `pulumi:"hostKey,optional"`
	AgentSocketPath    *string  `pulumi:"agentSocketPath,optional"`
	DialErrorLimit     *int     `pulumi:"dialErrorLimit,optional"`
	PerDialTimeout     *int     `pulumi:"perDialTimeout,optional"`
}

// Connection says how to reach a host.
type Connection struct {
	endpoint
	Proxy *ProxyConnection `pulumi:"proxy,optional"`
}

// ProxyConnection says how to reach the bastion host through which the host is reached.
type ProxyConnection struct{ endpoint }

// Annotate gives the schema its descriptions and defaults.
func (c *Connection) Annotate(a infer.Annotator) {
	a.Describe(&c, "How to connect to a remote host.")
	c.endpoint.annotate(a)
	a.Describe(&c.Proxy, "The connection to a bastion host through which the host is reached.")
}

// Annotate gives the schema its descriptions and defaults.
func (c *ProxyConnection) Annotate(a infer.Annotator) {
	a.Describe(&c, "How to connect to the bastion host through which a remote host is reached.")
	c.endpoint.annotate(a)
}

func (e *endpoint) annotate(a infer.Annotator) {
	a.Describe(&e.User, "The user to log in as. Default: root.")
	a.SetDefault(&e.User, defaultUser)
	a.Describe(&e.Password, "The password to log in with.")
	a.Describe(&e.Host, "The name or address of the host.")
	a.Describe(&e.Port, "The port of its SSH server. Default: 22.")
	a.SetDefault(&e.Port, defaultPort)
	a.Describe(&e.PrivateKey, "The private key to log in with (its text, not a path); preferred to the password.")
	a.Describe(&e.PrivateKeyPassword, "The passphrase of the private key, if it has one.")
	a.Describe(&e.HostKey, "The public host key that the server must prove to have, as in an authorized_keys line. "+
		"Without it any host key is accepted. RSA keys don't work.")
	a.Describe(&e.AgentSocketPath, "The socket of an SSH agent. Default: the environment's SSH_AUTH_SOCK, if set.")
	a.Describe(&e.DialErrorLimit, "How many failed dials are retried; -1: no limit. Default: 10.")
	a.SetDefault(&e.DialErrorLimit, defaultDialErrorLimit)
	a.Describe(&e.PerDialTimeout, "The longest time for one dial's TCP connection, in seconds; 0: no limit. Default: 15.")
	a.SetDefault(&e.PerDialTimeout, defaultPerDialTimeout)
}

func valueOr[T any](value *T, fallback T) T {
	if value == nil {
		return fallback
	}
	return *value
}
