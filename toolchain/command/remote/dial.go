package remote

import (
	"context"
	"errors"
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

// finalError is one that another dial can't cure.
type finalError struct{ error }

func (e finalError) Unwrap() error { return e.error }

// isFinal says that waiting doesn't help: without a limit of dials it would go on for ever. A server that has no host
// key of the pinned type shows up as one with which no algorithm can be agreed on.
func isFinal(err error) bool {
	return errors.As(err, new(finalError)) || errors.Is(err, errHostKey) ||
		errors.As(err, new(*ssh.AlgorithmNegotiationError))
}

// dial opens an SSH connection to the host, through the proxy if there is one, retrying as the connection says and
// until the context ends. Closing the client closes everything below it.
func (c *Connection) dial(ctx context.Context) (*ssh.Client, error) {
	direct := (&net.Dialer{}).DialContext
	if c.Proxy == nil {
		return c.retry(ctx, direct)
	}
	bastion, err := c.Proxy.retry(ctx, direct)
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	lost := make(chan error, 1)
	go func() { lost <- bastion.Wait() }()
	client, err := c.retry(ctx, func(ctx context.Context, network, address string) (net.Conn, error) {
		select {
		case err := <-lost:
			return nil, finalError{fmt.Errorf("the connection to the proxy was lost: %w", err)}
		default:
			return bastion.DialContext(ctx, network, address)
		}
	})
	if err != nil {
		_ = bastion.Close()
		return nil, err
	}
	go func() {
		_ = client.Wait() // its error reaches those who use the client
		_ = bastion.Close()
	}()
	return client, nil
}

type dialer func(ctx context.Context, network, address string) (net.Conn, error)

func (e *endpoint) address() string {
	return net.JoinHostPort(e.Host, strconv.Itoa(int(valueOr(e.Port, defaultPort))))
}

// retry dials until that works, the limit of failures is passed, or the context ends.
func (e *endpoint) retry(ctx context.Context, connect dialer) (*ssh.Client, error) {
	config, agentSocket, err := e.clientConfig()
	if err != nil {
		return nil, err
	}
	defer agentSocket.Close() //nolint:errcheck // only read from

	limit := valueOr(e.DialErrorLimit, defaultDialErrorLimit)
	pause := firstPause
	for attempt := 1; ; attempt++ {
		client, err := e.attempt(ctx, connect, config)
		if err == nil {
			return client, nil
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("connecting to %s: %w; the last of %d dials said: %w",
				e.address(), ended(ctx), attempt, err)
		}
		if isFinal(err) {
			return nil, fmt.Errorf("connecting to %s: %w", e.address(), err)
		}
		if limit != unlimitedDialErrors && attempt > limit {
			return nil, fmt.Errorf("connecting to %s: after %d failed attempts: %w", e.address(), attempt, err)
		}
		p.GetLogger(ctx).InfoStatusf("Waiting for %s (dial %d failed: %v)", e.address(), attempt, err)

		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, fmt.Errorf("connecting to %s: %w; the last of %d dials said: %w",
				e.address(), ended(ctx), attempt, err)
		case <-timer.C:
		}
		pause = min(time.Duration(float64(pause)*growth), longestPause)
	}
}

// attempt dials once: TCP, host key and login together within perDialTimeout.
func (e *endpoint) attempt(ctx context.Context, connect dialer, config *ssh.ClientConfig) (*ssh.Client, error) {
	if config.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, config.Timeout)
		defer cancel()
	}
	conn, err := connect(ctx, "tcp", e.address())
	if err != nil {
		return nil, err
	}
	// A server that accepts the connection and then says nothing would hold the handshake for ever.
	release := context.AfterFunc(ctx, func() { _ = conn.Close() })
	sshConn, channels, requests, err := ssh.NewClientConn(conn, e.address(), config)
	if !release() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = conn.Close()
		if ctx.Err() != nil {
			return nil, fmt.Errorf("no SSH handshake within %s: %w", config.Timeout, err)
		}
		return nil, err
	}
	return ssh.NewClient(sshConn, channels, requests), nil
}

// ended says in words why the context ended.
func ended(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("the time that customTimeouts allows is over: %w", ctx.Err())
	}
	return fmt.Errorf("cancelled: %w", ctx.Err())
}
