package remote

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/infer/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
)

func write(t *testing.T, name, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func wantFile(t *testing.T, name, content string) {
	t.Helper()
	got, err := os.ReadFile(name)
	if err != nil {
		t.Error(err)
	} else if string(got) != content {
		t.Errorf("%s has %d bytes, want %d: %.40q", name, len(got), len(content), got)
	}
}

func fileAsset(t *testing.T, name string) types.AssetOrArchive {
	t.Helper()
	source, err := asset.FromPath(name)
	if err != nil {
		t.Fatal(err)
	}
	return types.AssetOrArchive{Asset: source}
}

func textAsset(t *testing.T, text string) types.AssetOrArchive {
	t.Helper()
	source, err := asset.FromText(text)
	if err != nil {
		t.Fatal(err)
	}
	return types.AssetOrArchive{Asset: source}
}

func (s *server) put(t *testing.T, source types.AssetOrArchive, to string) error {
	t.Helper()
	_, err := (&CopyToRemote{}).Create(t.Context(), infer.CreateRequest[CopyToRemoteInputs]{
		Inputs: CopyToRemoteInputs{Connection: s.connection(), Source: source, RemotePath: to},
	})
	return err
}

func TestCopyOfAFile(t *testing.T) {
	s, here, there := startServer(t), t.TempDir(), t.TempDir()
	large := strings.Repeat("some content\n", 100_000)
	source := fileAsset(t, write(t, filepath.Join(here, "file"), large))
	for _, to := range []string{there, filepath.Join(there, "new"), filepath.Join(there, "new")} {
		if err := s.put(t, source, to); err != nil {
			t.Fatal(err)
		}
	}
	wantFile(t, filepath.Join(there, "file"), large)
	wantFile(t, filepath.Join(there, "new"), large)

	missing := filepath.Join(there, "missing", "file")
	wantError(t, s.put(t, source, missing), "copying to 127.0.0.1:"+missing, "creating")
}

func TestCopyOfAText(t *testing.T) {
	s, there := startServer(t), t.TempDir()
	name := write(t, filepath.Join(there, "file"), "a longer text that is there before")
	if err := s.put(t, textAsset(t, "short"), name); err != nil {
		t.Fatal(err)
	}
	wantFile(t, name, "short")
	wantError(t, s.put(t, textAsset(t, "short"), there), "is a directory")
}

func TestCopyOfADirectory(t *testing.T) {
	s, here, there := startServer(t), t.TempDir(), t.TempDir()
	directory := filepath.Join(here, "dir")
	write(t, filepath.Join(directory, "one"), "1")
	write(t, filepath.Join(directory, "sub", "two"), "2")
	for source, want := range map[string]string{directory: "whole/dir", directory + "/": "inside"} {
		archived, err := archive.FromPath(source)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(there, strings.Split(want, "/")[0])
		for range 2 { // the second time over what is there
			if err := s.put(t, types.AssetOrArchive{Archive: archived}, to); err != nil {
				t.Fatal(err)
			}
		}
		wantFile(t, filepath.Join(there, want, "one"), "1")
		wantFile(t, filepath.Join(there, want, "sub", "two"), "2")
	}
}

func TestCopyIsUpdatedOnlyForAnotherContentOrPlace(t *testing.T) {
	s, there := startServer(t), t.TempDir()
	name := filepath.Join(there, "file")
	old := CopyToRemoteInputs{Connection: s.connection(), Source: textAsset(t, "old"), RemotePath: name}
	changed := old
	changed.Source = textAsset(t, "new")
	for _, test := range []struct {
		inputs CopyToRemoteInputs
		dryRun bool
		dials  int32
	}{
		{old, false, 0},
		{changed, true, 0},
		{CopyToRemoteInputs{Connection: s.connection(), RemotePath: name}, true, 0}, // the source isn't known yet
		{changed, false, 1},
	} {
		_, err := (&CopyToRemote{}).Update(t.Context(), infer.UpdateRequest[CopyToRemoteInputs, CopyToRemoteState]{
			Inputs: test.inputs, State: CopyToRemoteState{old}, DryRun: test.dryRun,
		})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "dials", s.dials.Load(), test.dials)
	}
	wantFile(t, name, "new")
}
