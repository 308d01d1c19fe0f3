package wallet

// ContentID is contentID, for tests that make documents by the thousand.
var ContentID = contentID
