package remote

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"golang.org/x/crypto/ssh"
)

// Pauses between dials grow from the first to the longest: ten of them take 11 s.
const (
	growth       = 1.5
	longestPause = 5 * time.Second
)

var firstPause = 100 * time.Millisecond // tests shorten it

// dial opens an SSH connection to the host, through the proxy if there is one.
//
// As in the published plugin every failure is retried, also one that no other dial can cure (another host key than the
// pinned one), until the limit of failures or the context's end, which is looked at between dials only. Through a proxy
// the handshake is retried on the TCP connection of the first try, which is closed by then: so a handshake that fails
// once fails for good, and what is reported is the last failure, not the first one.
func (c *Connection) dial(ctx context.Context) (*ssh.Client, error) {
	config, err := c.clientConfig()
	if err != nil {
		return nil, err
	}
	limit := valueOr(c.DialErrorLimit, defaultDialErrorLimit)
	if c.Proxy == nil {
		return retry(ctx, "Dial", limit, func() (*ssh.Client, error) { return ssh.Dial("tcp", c.address(), config) })
	}
	client, err := c.dialThrough(ctx, config, limit)
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	return client, nil
}

func (c *Connection) dialThrough(ctx context.Context, config *ssh.ClientConfig, limit int) (*ssh.Client, error) {
	proxyConfig, err := c.Proxy.clientConfig()
	if err != nil {
		return nil, err
	}
	bastion, err := retry(ctx, "Dial proxy", valueOr(c.Proxy.DialErrorLimit, defaultDialErrorLimit),
		func() (*ssh.Client, error) { return ssh.Dial("tcp", c.Proxy.address(), proxyConfig) })
	if err != nil {
		return nil, err
	}
	conn, err := retry(ctx, "Dial from proxy", limit, func() (net.Conn, error) { return bastion.Dial("tcp", c.address()) })
	if err != nil {
		return nil, err
	}
	return retry(ctx, "Dial", limit, func() (*ssh.Client, error) {
		sshConn, channels, requests, err := ssh.NewClientConn(conn, c.address(), config)
		if err != nil {
			return nil, err
		}
		return ssh.NewClient(sshConn, channels, requests), nil
	})
}

func (e *endpoint) address() string {
	return net.JoinHostPort(e.Host, strconv.Itoa(int(valueOr(e.Port, defaultPort))))
}

// retry tries until that works, the limit of failures is passed, or the context ends.
func retry[T any](ctx context.Context, what string, limit int, try func() (T, error)) (T, error) {
	pause := firstPause
	for failures := 1; ; failures++ {
		result, err := try()
		if err == nil {
			return result, nil
		}
		if limit > unlimitedDialErrors && failures > limit {
			return result, fmt.Errorf("after %d failed attempts: %w", limit, err)
		}
		of := "inf"
		if limit != unlimitedDialErrors {
			of = strconv.Itoa(limit)
		}
		p.GetLogger(ctx).InfoStatusf("%s %d/%s failed: retrying", what, failures, of)

		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return result, ctx.Err()
		case <-timer.C:
		}
		pause = min(time.Duration(float64(pause)*growth), longestPause)
	}
}
