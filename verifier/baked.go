package verifier

import "laurel/credential/baking"

// unbake takes the badge out of a picture. Any other file is its own payload.
func (e *examination) unbake(data []byte) []byte {
	badge, err := baking.Read(data)
	if err != nil {
		e.image, e.parseError = baking.Detect(data), err
		return nil
	}
	e.image, e.unbaked = badge.Image, badge.Image != baking.None
	return badge.Payload
}

// imageEvidence says that the badge came in a picture, which itself proves
// nothing: anybody can put a badge into any picture.
func (e *examination) imageEvidence() []Evidence {
	if !e.unbaked {
		return nil
	}
	return []Evidence{{What: "picture", Value: e.image.String() + "; the badge inside was checked, not how it looks"}}
}
