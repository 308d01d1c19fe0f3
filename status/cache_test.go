package status

import (
	"fmt"
	"testing"
	"time"
)

func TestCacheIsBounded(t *testing.T) {
	var c cache
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	big, err := NewList(maxLength / 2)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		c.put(fmt.Sprint(i), &verified{list: big, ttl: time.Minute, opened: now, expires: now.Add(time.Minute)}, now)
		if i > 0 && c.get("0", now, now) == nil {
			t.Fatal("the list that was used last went first")
		}
	}
	if c.bytes > maxKeptBytes || c.order.Len() != len(c.byURL) || c.order.Len() > maxKeptBytes/(4<<20) {
		t.Errorf("%d lists, %d bytes are kept", c.order.Len(), c.bytes)
	}
	if c.get("0", now.Add(time.Minute), now) != nil || c.byURL["0"] != nil {
		t.Error("a list past its ttl is kept")
	}
}
