package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/pkg/sftp"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/infer/types"
)

// CopyToRemote is a file or directory that is copied to a host over SFTP.
type CopyToRemote struct{}

// CopyToRemoteInputs are the inputs of a CopyToRemote.
type CopyToRemoteInputs struct {
	Connection Connection           `pulumi:"connection" provider:"secret"`
	Triggers   *[]any               `pulumi:"triggers,optional" provider:"replaceOnChanges"`
	Source     types.AssetOrArchive `pulumi:"source"`
	RemotePath string               `pulumi:"remotePath"`
}

// CopyToRemoteState is what the engine keeps of a CopyToRemote.
type CopyToRemoteState struct{ CopyToRemoteInputs }

// Annotate gives the schema its descriptions.
func (c *CopyToRemote) Annotate(a infer.Annotator) {
	a.Describe(&c, "A file, a text or a directory that is copied to a remote host over SFTP. "+
		"Deleting the resource leaves the copy where it is.")
}

// Annotate gives the schema its descriptions.
func (i *CopyToRemoteInputs) Annotate(a infer.Annotator) {
	a.Describe(&i.Connection, "How to reach the host.")
	a.Describe(&i.Triggers, "A change of any of these values replaces the resource.")
	a.Describe(&i.Source, "A FileAsset, a StringAsset, or a FileArchive. Archives are copied as they are, "+
		"directories with all that is in them, over files that exist.")
	a.Describe(&i.RemotePath, "Where to copy to. A file or directory is copied into a directory that exists; "+
		"else the last part of the path is created. A StringAsset needs the path of a file.")
}

// Check refuses sources that can't be copied.
func (*CopyToRemote) Check(
	ctx context.Context, req infer.CheckRequest,
) (infer.CheckResponse[CopyToRemoteInputs], error) {
	inputs, failures, err := infer.DefaultCheck[CopyToRemoteInputs](ctx, req.NewInputs)
	response := infer.CheckResponse[CopyToRemoteInputs]{Inputs: inputs, Failures: failures}
	if err != nil || len(failures) > 0 {
		return response, err
	}
	// A source that isn't known yet, in a preview, is neither.
	asset, archive := inputs.Source.Asset, inputs.Source.Archive
	if asset != nil && !asset.IsPath() && !asset.IsText() || archive != nil && !archive.IsPath() {
		response.Failures = append(response.Failures, p.CheckFailure{
			Property: "source", Reason: "must be a FileAsset, a StringAsset or a FileArchive of a path",
		})
	}
	return response, nil
}

// Create copies.
func (*CopyToRemote) Create(
	ctx context.Context, req infer.CreateRequest[CopyToRemoteInputs],
) (infer.CreateResponse[CopyToRemoteState], error) {
	response := infer.CreateResponse[CopyToRemoteState]{ID: newID(), Output: CopyToRemoteState{req.Inputs}}
	if req.DryRun {
		return response, nil
	}
	return response, req.Inputs.copy(ctx)
}

// Update copies again if the content or the place is another one.
func (*CopyToRemote) Update(
	ctx context.Context, req infer.UpdateRequest[CopyToRemoteInputs, CopyToRemoteState],
) (infer.UpdateResponse[CopyToRemoteState], error) {
	response := infer.UpdateResponse[CopyToRemoteState]{Output: CopyToRemoteState{req.Inputs}}
	if req.DryRun { // the source may not be known yet
		return response, nil
	}
	if req.Inputs.hash() == req.State.hash() && req.Inputs.RemotePath == req.State.RemotePath {
		return response, nil
	}
	return response, req.Inputs.copy(ctx)
}

func (i *CopyToRemoteInputs) hash() string {
	if i.Source.Archive != nil {
		return i.Source.Archive.Hash
	}
	return i.Source.Asset.Hash
}

func (i *CopyToRemoteInputs) copy(ctx context.Context) error {
	client, err := i.Connection.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close() //nolint:errcheck // every file was closed, and that checked, by then

	files, err := sftp.NewClient(client, sftp.UseConcurrentWrites(true))
	if err != nil {
		return fmt.Errorf("SFTP on %s: %w", i.Connection.Host, err)
	}
	defer files.Close() //nolint:errcheck // see above
	if err := i.send(files); err != nil {
		return fmt.Errorf("copying to %s:%s: %w", i.Connection.Host, i.RemotePath, err)
	}
	return nil
}

func (i *CopyToRemoteInputs) send(files *sftp.Client) error {
	there, err := stat(files, i.RemotePath)
	if err != nil {
		return err
	}
	if asset := i.Source.Asset; asset != nil && asset.IsText() {
		if there != nil && there.IsDir() {
			return errors.New("is a directory; a text needs the path of a file")
		}
		return sendFile(files, strings.NewReader(asset.Text), i.RemotePath)
	}
	source := i.sourcePath()
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		target := i.RemotePath
		if there != nil && there.IsDir() {
			target = path.Join(target, filepath.Base(source))
		}
		return sendLocal(files, source, target)
	}
	target := i.RemotePath
	if !strings.HasSuffix(source, "/") { // dir: the directory itself; dir/: what is in it
		if err := makeDirectory(files, target); err != nil {
			return err
		}
		target = path.Join(target, filepath.Base(source))
	}
	return sendDirectory(files, source, target)
}

func (i *CopyToRemoteInputs) sourcePath() string {
	if i.Source.Archive != nil {
		return i.Source.Archive.Path
	}
	return i.Source.Asset.Path
}

func sendDirectory(files *sftp.Client, source, target string) error {
	return filepath.WalkDir(source, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(source, name)
		if err != nil {
			return err
		}
		to := path.Join(target, filepath.ToSlash(relative))
		if entry.IsDir() {
			return makeDirectory(files, to)
		}
		return sendLocal(files, name, to)
	})
}

func makeDirectory(files *sftp.Client, target string) error {
	there, err := stat(files, target)
	switch {
	case err != nil:
		return err
	case there == nil:
		if err := files.Mkdir(target); err != nil {
			return fmt.Errorf("creating the directory %s: %w", target, err)
		}
		return nil
	case !there.IsDir():
		return fmt.Errorf("%s exists and isn't a directory", target)
	}
	return nil
}

func sendLocal(files *sftp.Client, source, target string) error {
	local, err := os.Open(source)
	if err != nil {
		return err
	}
	defer local.Close() //nolint:errcheck // only read
	return sendFile(files, local, target)
}

func sendFile(files *sftp.Client, content io.Reader, target string) error {
	remote, err := files.Create(target)
	if err != nil {
		return fmt.Errorf("creating %s: %w", target, err)
	}
	_, err = remote.ReadFrom(content)
	if err = errors.Join(err, remote.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", target, err)
	}
	return nil
}

// stat returns nil for a file that doesn't exist.
func stat(files *sftp.Client, name string) (fs.FileInfo, error) {
	info, err := files.Stat(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil //nolint:nilnil // as documented
	}
	return info, err
}
