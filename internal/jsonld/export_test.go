package jsonld

// ContextText is the text of an embedded context, for the oracle.
func ContextText(c *Contexts, url string) []byte {
	r := c.find(url, Selection{})
	if r == nil {
		return nil
	}
	if r.text != nil {
		return r.text
	}
	text, _ := files.ReadFile("contexts/" + r.file)
	return text
}
