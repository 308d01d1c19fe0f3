package session

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// A record of a session is JSON, until there is an answer. That is some ten times as
// large, and most of it stands there twice: what was presented, and what the report
// shows of it, each with the pictures. So it is packed: a byte that no JSON begins with,
// the length of what is packed, and, deflated, three parts each behind its length: the
// session without the answer's texts, the report and the response. An answer with a
// badge of 11 kB takes 9 kB and not 35, of the disk, and of the memory that the store
// needs to write it.
const (
	packed  = 1
	deflate = 1032 // bytes at most that one deflated byte stands for
)

// packer packs and unpacks records. It keeps one writer, of a few hundred kB, however
// many answers come at the same time: each holds it for less than a millisecond.
type packer struct {
	mu      sync.Mutex
	writer  *flate.Writer // nil until it is needed
	readers sync.Pool     // of io.ReadCloser that are flate.Resetter
}

func (p *packer) encode(s *Session) ([]byte, error) {
	if s.Answer == nil {
		return json.Marshal(s)
	}
	bare, answer := *s, *s.Answer
	answer.Report, answer.Response = nil, nil
	bare.Answer = &answer
	head, err := json.Marshal(bare)
	if err != nil {
		return nil, err
	}
	return p.pack(head, s.Answer.Report, s.Answer.Response)
}

func (p *packer) pack(parts ...[]byte) ([]byte, error) {
	var plain []byte
	for _, part := range parts {
		plain = append(binary.AppendUvarint(plain, uint64(len(part))), part...)
	}
	out := bytes.NewBuffer(binary.AppendUvarint([]byte{packed}, uint64(len(plain))))
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.writer == nil {
		var err error
		if p.writer, err = flate.NewWriter(out, flate.BestSpeed); err != nil {
			return nil, err
		}
	}
	p.writer.Reset(out)
	if _, err := p.writer.Write(plain); err != nil {
		return nil, err
	}
	if err := p.writer.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (p *packer) decode(record []byte) (*Session, error) {
	s := &Session{}
	if len(record) == 0 || record[0] != packed {
		if err := json.Unmarshal(record, s); err != nil {
			return nil, err
		}
		return s, nil
	}
	plain, err := p.unpack(record[1:])
	if err != nil {
		return nil, err
	}
	parts := make([][]byte, 3)
	for i := range parts {
		n, size := binary.Uvarint(plain)
		if size <= 0 || n > uint64(len(plain)-size) {
			return nil, fmt.Errorf("part %d of it is cut off", i)
		}
		if n > 0 {
			parts[i] = plain[size : size+int(n)]
		}
		plain = plain[size+int(n):]
	}
	if err := json.Unmarshal(parts[0], s); err != nil {
		return nil, err
	}
	if s.Answer == nil || len(plain) > 0 {
		return nil, fmt.Errorf("it has no answer, or %d bytes too many", len(plain))
	}
	s.Answer.Report, s.Answer.Response = parts[1], parts[2]
	return s, nil
}

// unpack inflates what follows the first byte of a packed record.
func (p *packer) unpack(text []byte) ([]byte, error) {
	length, size := binary.Uvarint(text)
	if size <= 0 || length > deflate*uint64(len(text)) {
		return nil, fmt.Errorf("%d bytes cannot be packed there", length)
	}
	from := bytes.NewReader(text[size:])
	reader, ok := p.readers.Get().(io.ReadCloser)
	if !ok {
		reader = flate.NewReader(from)
	}
	defer p.readers.Put(reader)
	if err := reader.(flate.Resetter).Reset(from, nil); err != nil {
		return nil, err
	}
	plain := make([]byte, length)
	if _, err := io.ReadFull(reader, plain); err != nil {
		return nil, err
	}
	if _, err := reader.Read(make([]byte, 1)); err != io.EOF {
		return nil, fmt.Errorf("more is packed there than %d bytes: %w", length, err)
	}
	return plain, nil
}

func (p *packer) get(tx Tx, name string) (*Session, error) {
	record, err := tx.Get(name)
	if err != nil {
		return nil, err
	}
	s, err := p.decode(record)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errDamaged, name, err)
	}
	return s, nil
}

// put writes a session, and when it is to be forgotten.
func (p *packer) put(tx Tx, s *Session) error {
	record, err := p.encode(s)
	if err != nil {
		return err
	}
	name := sessionPrefix + s.ID
	return errors.Join(tx.Put(name, record), tx.Put(dues.Note(s.Forget(), name), nil))
}
