package badger

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/ristretto/v2/z"
	"golang.org/x/sync/errgroup"
)

// A damaged file is hard to see from inside Badger. A manifest that was cut
// makes it delete the tables that the manifest no longer names; a table whose
// first block is damaged is left out with a line in the log; a block damaged
// further in ends a scan early without an error; a damaged footer panics in a
// goroutine of its own, which ends the process.
//
// So Close writes a seal: a text file that names every file of the store with
// its length and CRC-32C. Open compares before Badger sees a file, and says
// which ones differ. Before the first write the seal is taken away. A store
// without one was not closed in order (the process was killed): Badger replays
// its logs, and its tables are checked one by one here first.
//
// A seal finds damage, not malice: records are sealed by their owners for that.
const (
	sealName   = "SEAL"
	sealHead   = "laurel-seal 1"
	lockName   = "lock"
	manifest   = "MANIFEST"
	maxSeal    = 8 << 20  // 200,000 files; a store has one for some MiB
	sealBuffer = 64 << 10 // read at a time
	maxNaming  = 5        // damaged files named in an error
)

// seal is what the files of a store are, by name.
type seal map[string]print

type print struct {
	size int64
	crc  uint32
}

// ours reports whether Badger reads a file of this name.
func ours(name string) bool {
	switch filepath.Ext(name) {
	case ".sst", ".vlog", ".mem":
		return true
	}
	return name == manifest || name == "KEYREGISTRY" || name == "DISCARD"
}

// checkSeal reports whether the store was closed in order, and fails with
// ErrDamaged when its files are not as they were then.
func (d *DB) checkSeal() (closed bool, err error) {
	text, err := readBounded(filepath.Join(d.dir, sealName))
	if errors.Is(err, fs.ErrNotExist) {
		return false, d.checkTables()
	}
	if err != nil {
		return false, err
	}
	if d.seal, err = parseSeal(text); err != nil {
		return false, err
	}
	now, err := d.prints(nil)
	if err != nil {
		return false, err
	}
	for _, p := range now {
		d.bulk.Add(p.size)
	}
	if bad := d.seal.differences(now); len(bad) > 0 {
		if more := len(bad) - maxNaming; more > 0 {
			bad = append(bad[:maxNaming], fmt.Sprintf("and %d more", more))
		}
		return false, fmt.Errorf("%w: %s", ErrDamaged, strings.Join(bad, ", "))
	}
	return true, nil
}

func (s seal) differences(now seal) []string {
	var bad []string
	for name, was := range s {
		switch is, ok := now[name]; {
		case !ok:
			bad = append(bad, name+" is missing")
		case is.size != was.size:
			bad = append(bad, fmt.Sprintf("%s has %d bytes instead of %d", name, is.size, was.size))
		case is != was:
			bad = append(bad, name+" was changed")
		}
	}
	for name := range now {
		if _, ok := s[name]; !ok {
			bad = append(bad, name+" does not belong here")
		}
	}
	sort.Strings(bad)
	return bad
}

// prints reads the store's files, several at a time. Tables never change once
// written, so those in known are not read again.
func (d *DB) prints(known seal) (seal, error) {
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return nil, err
	}
	now := seal{}
	var mu sync.Mutex
	var work errgroup.Group
	work.SetLimit(runtime.GOMAXPROCS(0))
	for _, e := range entries {
		name := e.Name()
		if !ours(name) {
			continue
		}
		if p, ok := known[name]; ok && filepath.Ext(name) == ".sst" {
			mu.Lock()
			now[name] = p
			mu.Unlock()
			continue
		}
		work.Go(func() error {
			p, err := printOf(filepath.Join(d.dir, name))
			mu.Lock()
			now[name] = p
			mu.Unlock()
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	return now, nil
}

func printOf(path string) (print, error) {
	f, err := os.Open(path)
	if err != nil {
		return print{}, err
	}
	defer func() { _ = f.Close() }() // only read
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	n, err := io.CopyBuffer(sum, io.LimitReader(f, 1<<62), make([]byte, sealBuffer))
	return print{n, sum.Sum32()}, err
}

// breakSeal takes the seal away, before the first write.
func (d *DB) breakSeal() error {
	err := os.Remove(filepath.Join(d.dir, sealName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(err, syncDir(d.dir))
}

// writeSeal writes the seal of the closed store, whole or not at all.
func (d *DB) writeSeal() error {
	now, err := d.prints(d.seal)
	if err != nil {
		return err
	}
	path := filepath.Join(d.dir, sealName)
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(now.text())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return errors.Join(os.Rename(path+".new", path), syncDir(d.dir))
}

// text writes a seal: a head line, one line for each file, and the checksum of
// these lines.
func (s seal) text() []byte {
	names := make([]string, 0, len(s))
	for name := range s {
		names = append(names, name)
	}
	slices.Sort(names)
	out := []byte(sealHead + "\n")
	for _, name := range names {
		out = fmt.Appendf(out, "%s %d %08x\n", name, s[name].size, s[name].crc)
	}
	return fmt.Appendf(out, "%08x\n", crcOf(out))
}

func parseSeal(text []byte) (seal, error) {
	broken := fmt.Errorf("%w: its %s is damaged", ErrDamaged, sealName)
	lines := bytes.SplitAfter(text, []byte("\n"))
	if len(lines) < 3 || len(text) < len("00000000\n") {
		return nil, broken
	}
	body, sum := text[:len(text)-9], lines[len(lines)-2]
	if string(sum) != fmt.Sprintf("%08x\n", crcOf(body)) || string(lines[0]) != sealHead+"\n" {
		return nil, broken
	}
	s := seal{}
	for _, line := range lines[1 : len(lines)-2] {
		var name string
		var p print
		if _, err := fmt.Sscanf(string(line), "%s %d %x\n", &name, &p.size, &p.crc); err != nil {
			return nil, broken
		}
		s[name] = p
	}
	if !bytes.Equal(s.text(), text) {
		return nil, broken
	}
	return s, nil
}

func crcOf(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	return io.ReadAll(io.LimitReader(f, maxSeal))
}

// fresh reports whether Badger never wrote here.
func (d *DB) fresh() bool {
	_, err := os.Stat(filepath.Join(d.dir, manifest))
	return errors.Is(err, fs.ErrNotExist)
}

// checkTables checks the tables of a store that was not closed in order, here
// where a panic can be caught. Tables that the manifest does not name are left by
// a process that was killed: unfinished ones, whose contents are still in a log
// or in the tables they were made from, and old ones that a compaction had
// replaced. Badger removes them. Beside a manifest that names no table at all, or
// whose end is broken, they say that something was lost.
func (d *DB) checkTables() (err error) {
	f, err := os.Open(filepath.Join(d.dir, manifest))
	if errors.Is(err, fs.ErrNotExist) {
		return d.checkOrphans(nil)
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	defer guard(&err)()
	m, whole, err := badger.ReplayManifestFile(f, 0, badger.DefaultOptions(d.dir))
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDamaged, manifest, err)
	}
	for id := range m.Tables {
		if err := checkTable(table.NewFilename(id, d.dir)); err != nil {
			return fmt.Errorf("%w: table %d: %w", ErrDamaged, id, err)
		}
	}
	if info, err := f.Stat(); err != nil || info.Size() > whole || len(m.Tables) == 0 {
		return d.checkOrphans(m.Tables)
	}
	return nil
}

// checkOrphans refuses tables that the manifest does not name, unless the log of
// a memory table is there, which still has what is in them.
func (d *DB) checkOrphans(named map[uint64]badger.TableManifest) error {
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return err
	}
	orphan, logged := "", false
	for _, e := range entries {
		id, isTable := table.ParseFileID(e.Name())
		if _, ok := named[id]; isTable && !ok {
			orphan = e.Name()
		}
		logged = logged || filepath.Ext(e.Name()) == ".mem"
	}
	if orphan != "" && !logged {
		return fmt.Errorf("%w: %s does not name %s", ErrDamaged, manifest, orphan)
	}
	return nil
}

// dropEmptyLogs removes logs without any bytes. A process that is killed leaves
// one when it had just made the file and not yet given it its length, or when it
// had moved everything out of it and not yet removed it; Badger does not open a
// store that has one. A value that a lost log should have held is still missed:
// reading it is ErrDamaged.
func (d *DB) dropEmptyLogs() error {
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); ext != ".mem" && ext != ".vlog" {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if info.Size() > 0 {
			continue
		}
		if err := os.Remove(filepath.Join(d.dir, e.Name())); err != nil {
			return err
		}
	}
	return syncDir(d.dir)
}

func checkTable(path string) error {
	file, err := z.OpenMmapFile(path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close(-1) }() // only read
	_, err = table.OpenTable(file, table.Options{ReadOnly: true, ChkMode: options.OnTableAndBlockRead})
	return err
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
