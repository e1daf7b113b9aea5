package remote

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// errHostKey marks a server that proved to have another host key than the pinned one.
var errHostKey = errors.New("the server's host key isn't the pinned one")

// clientConfig turns the connection's settings into those of the SSH library. The closer holds the agent's socket,
// which is needed while logging in.
func (e *endpoint) clientConfig() (*ssh.ClientConfig, io.Closer, error) {
	config := &ssh.ClientConfig{
		User:            valueOr(e.User, defaultUser),
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), // as published: no check without a pinned key
		Timeout:         time.Duration(valueOr(e.PerDialTimeout, defaultPerDialTimeout)) * time.Second,
	}
	if err := e.pinHostKey(config); err != nil {
		return nil, nil, err
	}

	var signers []ssh.Signer
	if e.PrivateKey != nil {
		signer, err := e.signer()
		if err != nil {
			return nil, nil, err
		}
		signers = append(signers, signer)
	}
	agentKeys, closer, err := e.agent(e.PrivateKey != nil || e.Password != nil)
	if err != nil {
		return nil, nil, err
	}
	// One method for both sources of keys: the library tries each method only once.
	if signers != nil || agentKeys != nil {
		config.Auth = append(config.Auth, ssh.PublicKeysCallback(func() ([]ssh.Signer, error) {
			if agentKeys == nil {
				return signers, nil
			}
			more, err := agentKeys.Signers()
			if err != nil {
				return nil, fmt.Errorf("the SSH agent doesn't list its keys: %w", err)
			}
			return append(signers[:len(signers):len(signers)], more...), nil
		}))
	}
	if e.Password != nil {
		password := *e.Password
		config.Auth = append(config.Auth, ssh.Password(password), ssh.KeyboardInteractive(
			func(_, _ string, questions []string, _ []bool) ([]string, error) {
				answers := make([]string, len(questions))
				for i := range answers {
					answers[i] = password
				}
				return answers, nil
			}))
	}
	return config, closer, nil
}

func (e *endpoint) pinHostKey(config *ssh.ClientConfig) error {
	if e.HostKey == nil {
		return nil
	}
	pinned, _, _, _, err := ssh.ParseAuthorizedKey([]byte(*e.HostKey))
	if err != nil {
		return fmt.Errorf("hostKey of %s isn't a public key in the form of an authorized_keys line: %w", e.Host, err)
	}
	// Asks a server with several host keys for the pinned one.
	config.HostKeyAlgorithms = []string{pinned.Type()}
	if pinned.Type() == ssh.KeyAlgoRSA {
		config.HostKeyAlgorithms = []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	}
	config.HostKeyCallback = func(_ string, _ net.Addr, key ssh.PublicKey) error {
		if bytes.Equal(key.Marshal(), pinned.Marshal()) {
			return nil
		}
		return fmt.Errorf("%w: %s has %s %s, pinned is %s %s; if the host was rebuilt, give its new key as hostKey",
			errHostKey, e.Host, key.Type(), ssh.FingerprintSHA256(key), pinned.Type(), ssh.FingerprintSHA256(pinned))
	}
	return nil
}

func (e *endpoint) signer() (ssh.Signer, error) {
	var signer ssh.Signer
	var err error
	if e.PrivateKeyPassword != nil {
		signer, err = ssh.ParsePrivateKeyWithPassphrase([]byte(*e.PrivateKey), []byte(*e.PrivateKeyPassword))
	} else {
		signer, err = ssh.ParsePrivateKey([]byte(*e.PrivateKey))
	}
	if err != nil {
		return nil, fmt.Errorf("privateKey for %s can't be used: %w", e.Host, err)
	}
	return signer, nil
}

// agent connects to the SSH agent if there is one. One that only the environment names may be a leftover of an ended
// login: it may be missing when there is another way to log in.
func (e *endpoint) agent(otherWay bool) (agent.ExtendedAgent, io.Closer, error) {
	path, optional := os.Getenv("SSH_AUTH_SOCK"), otherWay
	if e.AgentSocketPath != nil {
		path, optional = *e.AgentSocketPath, false
	}
	if path == "" {
		return nil, io.NopCloser(nil), nil
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		if optional {
			return nil, io.NopCloser(nil), nil
		}
		return nil, nil, fmt.Errorf("the SSH agent at %s can't be reached: %w", path, err)
	}
	return agent.NewClient(conn), conn, nil
}
