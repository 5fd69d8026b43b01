// CarrierSimulator
